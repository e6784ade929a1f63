import Crypto
import Foundation
import GatewayCore
import Testing

@testable import TokenVault

/// A keyring whose key bytes the test knows, and a vault over it.
struct World {
    static let rootBytes = [UInt8](repeating: 0x52, count: 32)
    static let now = Date(timeIntervalSince1970: 1_750_000_000)

    let rootKey: RootKey
    let vault: Vault
    /// The data keys as the independent reader knows them.
    let keys: [DataKeyID: SymmetricKey]
    let wrapped: [WrappedDataKey]

    init(keys count: Int = 2, rootBytes: [UInt8] = World.rootBytes) throws {
        rootKey = try unsafe RootKey(SecureBytes(copying: rootBytes.span.bytes))
        var keys: [DataKeyID: SymmetricKey] = [:]
        var wrapped: [WrappedDataKey] = []
        for number in 1...UInt32(count) {
            let bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 32)
            let id = DataKeyID(number)
            keys[id] = SymmetricKey(data: bytes)
            let data = try unsafe SecureBytes(copying: bytes.span.bytes)
            wrapped.append(
                WrappedDataKey(
                    id: id, state: number == 1 ? .primary : .enabled,
                    wrapped: try DataKeyWrapping.wrap(data, id: id, rootKey: rootKey),
                    rootKeyCheckValue: rootKey.checkValue, createdAt: World.now))
        }
        self.keys = keys
        self.wrapped = wrapped
        vault = Vault(keyring: try Keyring(unwrapping: wrapped, rootKey: rootKey))
    }

    static func context(
        tenant: String = "acme", table: String = "connections", row: String = "con_1", column: String = "access_token",
        generation: UInt64 = 7, organization: String = "production/example.zendesk.com"
    ) -> SealingContext {
        SealingContext(
            tenant: tenant, table: table, row: row, column: column, generation: generation, organization: organization)
    }
}

/// The documented format, written a second time over swift-crypto alone.
struct IndependentReader {
    struct Refusal: Error {}
    let keys: [DataKeyID: SymmetricKey]

    func seal(_ secret: [UInt8], keyID: DataKeyID, in context: SealingContext) throws -> [UInt8] {
        let salt = SystemRandomSource().bytes(32)
        let (key, commitment) = try derive(keyID, salt, binding(keyID, context))
        var body = big(UInt32(secret.count)) + secret
        while body.count % 64 != 0 { body.append(0) }
        let box = try AES.GCM.seal(body, using: key, authenticating: binding(keyID, context))
        return Array("LKSR".utf8) + [1, 1] + big(keyID.number) + salt + commitment + Array(box.nonce) + box.ciphertext
            + box.tag
    }

    func open(_ bytes: [UInt8], in context: SealingContext) throws -> [UInt8] {
        guard bytes.count >= 102, Array(bytes[..<6]) == Array("LKSR".utf8) + [1, 1] else { throw Refusal() }
        let keyID = DataKeyID(bytes[6..<10].reduce(0) { $0 << 8 | UInt32($1) })
        let (key, commitment) = try derive(keyID, Array(bytes[10..<42]), binding(keyID, context))
        guard commitment == Array(bytes[42..<74]) else { throw Refusal() }
        let box = try AES.GCM.SealedBox(
            nonce: AES.GCM.Nonce(data: bytes[74..<86]), ciphertext: bytes[86..<(bytes.count - 16)],
            tag: bytes[(bytes.count - 16)...])
        let body = Array(try AES.GCM.open(box, using: key, authenticating: binding(keyID, context)))
        let length = Int(body[..<4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
        guard body.count % 64 == 0, length + 4 <= body.count else { throw Refusal() }
        return Array(body[4..<(4 + length)])
    }

    func derive(_ keyID: DataKeyID, _ salt: [UInt8], _ binding: [UInt8]) throws -> (SymmetricKey, [UInt8]) {
        guard let key = keys[keyID] else { throw Refusal() }
        let message = [0, 0, 0, 1] + Array("latchkey record v1".utf8) + [0] + salt + binding + [0, 0, 2, 0]
        let output = Array(HMAC<SHA512>.authenticationCode(for: message, using: key))
        return (SymmetricKey(data: output[..<32]), Array(output[32...]))
    }

    func binding(_ keyID: DataKeyID, _ context: SealingContext) -> [UInt8] {
        let texts = [context.tenant, context.table, context.row, context.column, context.organization]
        let head: [UInt8] = [1, 1] + big(keyID.number) + big(UInt32(context.generation >> 32))
        let generation = head + big(UInt32(truncatingIfNeeded: context.generation))
        return texts.reduce(generation) { $0 + big(UInt32($1.utf8.count)) + Array($1.utf8) }
    }

    private func big(_ number: UInt32) -> [UInt8] { unsafe withUnsafeBytes(of: number.bigEndian) { unsafe Array($0) } }
}

extension Secret {
    var octets: [UInt8] { exposeBytes { span in unsafe span.withUnsafeBytes { unsafe Array($0) } } }
}

func hex(_ text: some StringProtocol) -> [UInt8] {
    let digits = Array(text.utf8).map { UInt8($0 > 96 ? $0 - 87 : $0 - 48) }
    return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

func hex(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
}
