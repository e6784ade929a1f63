import Crypto
import Foundation
import GatewayCore
import Testing

@testable import TokenVault

private struct Collisions: Decodable {
    struct Case: Decodable {
        let keyA: String
        let keyB: String
        let nonce: String
        let aad: String
        let ct: String
        let tag: String
        let plaintextA: String
        let plaintextB: String
    }
    let tests: [Case]
}

@Suite struct `Key commitment` {
    @Test func `CR-14 a ciphertext that plain GCM opens under two keys opens under neither in a record`() throws {
        guard let text = Vectors.text("gcm_two_key_collisions.json") else { return }
        let cases = try JSONDecoder().decode(Collisions.self, from: Data(text.utf8)).tests
        #expect(cases.count == 6)
        for test in cases {
            let nonce = hex(test.nonce), aad = hex(test.aad), ct = hex(test.ct), tag = hex(test.tag)
            // Control: the cipher alone is fooled.
            let one = ProductionCipher.open(key: hex(test.keyA), nonce: nonce, aad: aad, ciphertext: ct, tag: tag)
            let two = ProductionCipher.open(key: hex(test.keyB), nonce: nonce, aad: aad, ciphertext: ct, tag: tag)
            #expect(one.genuine && one.plain == hex(test.plaintextA))
            #expect(two.genuine && two.plain == hex(test.plaintextB))
            #expect(try opens(test, underKey: test.keyA) == false)
            #expect(try opens(test, underKey: test.keyB) == false)
        }
    }

    /// The collision's octets as a record whose data key is `underKey`.
    private func opens(_ test: Collisions.Case, underKey: String) throws -> Bool {
        let key = try unsafe SecureBytes(copying: hex(underKey).span.bytes)
        var engine = try SealingEngine(key: key)
        let prefix = SealedRecord.prefix(keyID: DataKeyID(1))
        let frame = SealingFrame(label: "latchkey record v1", prefix: prefix, binding: hex(test.aad))
        let salt = [UInt8](repeating: 0, count: 32), commitment = [UInt8](repeating: 0, count: 32)
        let bytes = prefix + salt + commitment + hex(test.nonce) + hex(test.ct) + hex(test.tag)
        do {
            try engine.open(bytes, as: frame) { _ in () }
            return true
        } catch { return false }
    }

    @Test func `CR-14 the commitment is compared before anything is decrypted`() throws {
        let world = try World()
        let reader = IndependentReader(keys: world.keys)
        let context = World.context()
        // Right key, right tag: only the commitment is wrong.
        var bytes = try reader.seal(Array("token".utf8), keyID: DataKeyID(1), in: context)
        #expect(try world.vault.open(SealedRecord(parsing: bytes), in: context).exposeText() == "token")
        for offset in 42..<74 {
            bytes[offset] ^= 0x80
            #expect(throws: VaultError.cannotOpen) { try world.vault.open(SealedRecord(parsing: bytes), in: context) }
            bytes[offset] ^= 0x80
        }
    }
}
