import Foundation
import GatewayCore
import Synchronization
import Testing

@testable import TokenVault

@Suite struct `Sealed records` {
    let world: World
    let secret = Secret("a-refresh-token-that-nobody-else-may-read")

    init() throws { world = try World() }

    private func refusal(_ bytes: [UInt8], in context: SealingContext = World.context()) -> VaultError? {
        do {
            _ = try world.vault.open(try SealedRecord(parsing: bytes), in: context)
            return nil
        } catch let error as VaultError { return error } catch { return .cannotOpen }
    }

    @Test func `CR-02 what the vault seals opens in the independent reader, and the reverse`() throws {
        let reader = IndependentReader(keys: world.keys)
        for round in 0..<3_000 {
            let plain = SystemRandomSource().bytes(round % 400)
            let context = World.context(row: "con_\(round)", generation: UInt64(round) << 20)
            let sealed = try world.vault.seal(Secret(plain), in: context)
            #expect(try reader.open(sealed.bytes, in: context) == plain)
            let foreign = try reader.seal(plain, keyID: DataKeyID(UInt32(round % 2 + 1)), in: context)
            #expect(try world.vault.open(SealedRecord(parsing: foreign), in: context).octets == plain)
        }
    }

    @Test(arguments: [0, 60, 300])
    func `CR-06 no record opens with any one bit flipped`(count: Int) throws {
        let sealed = try world.vault.seal(Secret([UInt8](repeating: 9, count: count)), in: World.context()).bytes
        for bit in 0..<(sealed.count * 8) {
            var bytes = sealed
            bytes[bit / 8] ^= 1 << (bit % 8)
            let error = refusal(bytes)
            // A flip in the key id names a key that is not there, except where it names the other one.
            let namesKey = (48..<80).contains(bit)
            if namesKey, case .sealedUnderUnknownKey = error { continue }
            #expect(error == .cannotOpen, "bit \(bit)")
        }
    }

    @Test func `CR-07 a record cut short or extended at any octet does not open`() throws {
        let sealed = try world.vault.seal(secret, in: World.context()).bytes
        for count in 0..<sealed.count { #expect(refusal(Array(sealed[..<count])) == .cannotOpen) }
        for extra in 1...130 {
            #expect(refusal(sealed + [UInt8](repeating: 0, count: extra)) == .cannotOpen)
        }
        for place in 0...sealed.count {
            var bytes = sealed
            bytes.insert(0, at: place)
            #expect(refusal(bytes) != nil)
        }
    }

    @Test func `CR-08 a hundred thousand mutated records parse without a crash`() throws {
        let sealed = try world.vault.seal(secret, in: World.context()).bytes
        var generator = SystemRandomNumberGenerator()
        var parsed = 0
        for _ in 0..<100_000 {
            var bytes = Array(sealed.prefix(Int.random(in: 0...sealed.count, using: &generator)))
            for _ in 0..<Int.random(in: 0...3, using: &generator) where !bytes.isEmpty {
                bytes[Int.random(in: 0..<min(bytes.count, 12), using: &generator)] = .random(
                    in: 0...255, using: &generator)
            }
            if let record = try? SealedRecord(parsing: bytes) {
                parsed += 1
                #expect(record.bytes == bytes)
            }
        }
        #expect(parsed > 0)
    }

    /// There is one format and one algorithm, so the lowest one that is taken is built in and nobody can lower it. Should a
    /// second one come, both numbers are in the binding: a record of the one is not relabelled as the other.
    @Test func `CR-19 every other format and algorithm is refused, and both numbers are bound`() throws {
        let sealed = try world.vault.seal(secret, in: World.context()).bytes
        for number in UInt8.min ... .max where number != 1 {
            var (format, algorithm) = (sealed, sealed)
            format[4] = number
            algorithm[5] = number
            #expect(throws: SealedRecordError.unknownFormat(number)) { try SealedRecord(parsing: format) }
            #expect(throws: SealedRecordError.unknownAlgorithm(number)) { try SealedRecord(parsing: algorithm) }
        }
        let binding = World.context().binding(keyID: DataKeyID(1))
        #expect(binding.prefix(2) == [1, 1])
    }

    @Test func `CR-08 parsing names what is wrong, version first`() {
        #expect(throws: SealedRecordError.notARecord) { try SealedRecord(parsing: []) }
        #expect(throws: SealedRecordError.notARecord) { try SealedRecord(parsing: Array("LKSX".utf8)) }
        #expect(throws: SealedRecordError.wrongLength) { try SealedRecord(parsing: Array("LKSR".utf8)) }
        #expect(throws: SealedRecordError.unknownFormat(2)) { try SealedRecord(parsing: Array("LKSR".utf8) + [2, 1]) }
        #expect(throws: SealedRecordError.unknownAlgorithm(0)) {
            try SealedRecord(parsing: Array("LKSR".utf8) + [1, 0])
        }
        #expect(throws: SealedRecordError.wrongLength) {
            try SealedRecord(parsing: Array("LKSR".utf8) + [1, 1] + [UInt8](repeating: 0, count: 65_536 + 160))
        }
    }

    @Test func `CR-09 wrong key, wrong place, bad tag and bad commitment are one refusal`() throws {
        let sealed = try world.vault.seal(secret, in: World.context()).bytes
        var tag = sealed, commitment = sealed, key = sealed
        tag[sealed.count - 1] ^= 1
        commitment[42] ^= 1
        key[9] = 2
        let refusals = [
            refusal(tag), refusal(commitment), refusal(key), refusal(sealed, in: World.context(tenant: "other")),
        ]
        #expect(refusals.allSatisfy { $0 == .cannotOpen })
    }

    @Test func `CR-10 a ciphertext swapped between two rows does not open`() throws {
        let sealed = try world.vault.seal(secret, in: World.context(row: "con_1")).bytes
        #expect(refusal(sealed, in: World.context(row: "con_1")) == nil)
        #expect(refusal(sealed, in: World.context(row: "con_2")) == .cannotOpen)
    }

    @Test func `CR-11 a ciphertext swapped between two tenants does not open`() throws {
        let sealed = try world.vault.seal(secret, in: World.context(tenant: "acme")).bytes
        #expect(refusal(sealed, in: World.context(tenant: "umbrella")) == .cannotOpen)
    }

    @Test func `CR-12 an access token put into the refresh token's column does not open`() throws {
        let sealed = try world.vault.seal(secret, in: World.context(column: "access_token")).bytes
        #expect(refusal(sealed, in: World.context(column: "refresh_token")) == .cannotOpen)
    }

    @Test func `CR-13 a row copied to another table or organization does not open`() throws {
        let sealed = try world.vault.seal(secret, in: World.context()).bytes
        #expect(refusal(sealed, in: World.context(table: "sessions")) == .cannotOpen)
        #expect(refusal(sealed, in: World.context(organization: "staging/example.zendesk.com")) == .cannotOpen)
    }

    @Test func `CR-13 moving a letter from one field of the context to the next does not open`() throws {
        let sealed = try world.vault.seal(secret, in: World.context(tenant: "ab", table: "c")).bytes
        #expect(refusal(sealed, in: World.context(tenant: "a", table: "bc")) == .cannotOpen)
        #expect(refusal(sealed, in: World.context(tenant: "abc", table: "")) == .cannotOpen)
    }

    @Test func `CR-16 an older record of the same column does not open in a later generation`() throws {
        let sealed = try world.vault.seal(secret, in: World.context(generation: 7)).bytes
        #expect(refusal(sealed, in: World.context(generation: 8)) == .cannotOpen)
        #expect(refusal(sealed, in: World.context(generation: 6)) == .cannotOpen)
    }

    @Test func `CR-15 a key id altered to another key of the ring does not open`() throws {
        var bytes = try world.vault.seal(secret, in: World.context()).bytes
        bytes[9] = 2
        #expect(try SealedRecord(parsing: bytes).keyID == DataKeyID(2))
        #expect(refusal(bytes) == .cannotOpen)
    }

    @Test func `CR-24 a record under a key that is not in the ring says which key`() throws {
        var bytes = try world.vault.seal(secret, in: World.context()).bytes
        bytes[9] = 9
        #expect(refusal(bytes) == .sealedUnderUnknownKey(DataKeyID(9)))
        #expect(VaultError.sealedUnderUnknownKey(DataKeyID(9)).explanation.message.contains("dk-9"))
    }

    @Test func `CR-20 a hundred thousand records share no salt and no nonce`() throws {
        var salts: Set<[UInt8]> = [], nonces: Set<[UInt8]> = []
        let context = World.context()
        for _ in 0..<100_000 {
            let bytes = try world.vault.seal(Secret(""), in: context).bytes
            salts.insert(Array(bytes[10..<42]))
            nonces.insert(Array(bytes[74..<86]))
        }
        #expect(salts.count == 100_000 && nonces.count == 100_000)
    }

    @Test func `CR-21 another process throws the block of random octets away`() {
        let process = Mutex<Int32>(1)
        let drawn = Mutex(0)
        let block = unsafe RandomBlock(
            process: { process.withLock { $0 } },
            draw: { target in
                drawn.withLock { $0 += 1 }
                _ = unsafe target.initializeMemory(as: UInt8.self, repeating: drawn.withLock { UInt8($0) })
                return true
            }, moment: { 0 })
        #expect(Self.draw(block) == [UInt8](repeating: 1, count: 44))
        #expect(Self.draw(block) == [UInt8](repeating: 1, count: 44))
        process.withLock { $0 = 2 }
        #expect(Self.draw(block) == [UInt8](repeating: 2, count: 44))
    }

    /// Both hold the same octets, and the same generator goes on in both: the worst that a snapshot can do.
    @Test func `CR-21 of two that were restored from one snapshot none hands out a salt or a nonce of the other`() {
        func restored(_ moment: @escaping @Sendable () -> UInt64) -> RandomBlock {
            let drawn = Mutex<UInt64>(0)
            return unsafe RandomBlock(
                process: { 1 },
                draw: { target in
                    for offset in stride(from: 0, to: target.count, by: 8) {
                        let next = drawn.withLock {
                            $0 &+= 0x9E37_79B9_7F4A_7C15
                            return $0
                        }
                        unsafe target.storeBytes(of: next, toByteOffset: offset, as: UInt64.self)
                    }
                    return true
                }, moment: moment)
        }
        let ticks = Mutex<UInt64>(1_790_000_000_000_000_000)
        let time: @Sendable () -> UInt64 = {
            ticks.withLock {
                $0 += 40
                return $0
            }
        }
        for (moment, shared) in [(time, 0), ({ 7 }, 2_000)] as [(@Sendable () -> UInt64, Int)] {
            let (one, other) = (restored(moment), restored(moment))
            var salts: Set<ArraySlice<UInt8>> = [], nonces: Set<ArraySlice<UInt8>> = []
            var same = 0
            for _ in 0..<1_000 {
                for octets in [Self.draw(one), Self.draw(other)] {
                    if !salts.insert(octets[..<32]).inserted { same += 1 }
                    if !nonces.insert(octets[32...]).inserted { same += 1 }
                }
            }
            #expect(same == shared, "a clock that stands still shows that the search finds what is shared")
        }
    }

    @Test func `CR-39 nothing is sealed when the generator fails`() {
        let block = unsafe RandomBlock(process: { 1 }, draw: { _ in false }, moment: { 0 })
        var salt = [UInt8](repeating: 0, count: 32), nonce = [UInt8](repeating: 0, count: 12)
        let done = unsafe salt.withUnsafeMutableBytes { salt in
            unsafe nonce.withUnsafeMutableBytes { unsafe block.fill(salt, $0) }
        }
        #expect(!done && salt.allSatisfy { $0 == 0 })
    }

    private static func draw(_ source: RandomBlock) -> [UInt8] {
        var salt = [UInt8](repeating: 0, count: 32), nonce = [UInt8](repeating: 0, count: 12)
        let done = unsafe salt.withUnsafeMutableBytes { salt in
            unsafe nonce.withUnsafeMutableBytes { unsafe source.fill(salt, $0) }
        }
        #expect(done)
        return salt + nonce
    }

    @Test func `CR-40 neither the secret nor any context text is found in a record`() throws {
        let canary = "CANARY-4d1f6b-access-token"
        let bytes = try world.vault.seal(Secret(canary), in: World.context(tenant: "canary-tenant")).bytes
        for text in [canary, "canary-tenant", "access_token", "con_1"] {
            #expect(bytes.firstRange(of: Array(text.utf8)) == nil)
        }
    }

    @Test func `CR-41 a record's length shows the secret's length in steps of 64 only`() throws {
        let sizes = try (0...700).map {
            try world.vault.seal(Secret([UInt8](repeating: 1, count: $0)), in: World.context()).bytes.count
        }
        #expect(sizes.allSatisfy { ($0 - 102) % 64 == 0 })
        #expect(Set(sizes).count == 11 && sizes[0] == sizes[60] && sizes[60] != sizes[61])
    }

    @Test func `CR-35 the longest secret opens and a longer one is refused`() throws {
        let longest = Secret([UInt8](repeating: 3, count: 65_532))
        let sealed = try world.vault.seal(longest, in: World.context())
        #expect(try world.vault.open(SealedRecord(parsing: sealed.bytes), in: World.context()).count == 65_532)
        #expect(throws: VaultError.secretTooLong) {
            try world.vault.seal(Secret([UInt8](repeating: 3, count: 65_533)), in: World.context())
        }
    }

    @Test func `CR-35 eight tasks sealing and opening at once disturb nobody`() async throws {
        let vault = world.vault
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    for round in 0..<500 {
                        let context = World.context(row: "\(task)", generation: UInt64(round))
                        let plain = [UInt8](repeating: UInt8(task), count: round)
                        let record = try vault.seal(Secret(plain), in: context)
                        guard try vault.open(record, in: context).octets == plain else { throw VaultError.cannotOpen }
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
