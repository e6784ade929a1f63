import Crypto
import FoundationEssentials
package import GatewayCore

/// The Ed25519 key that signs checkpoints and evidence. The library wipes its bytes when the last copy goes.
package struct AuditSigningKey: Sendable {
    package static let seedCount = 32

    private let key: Curve25519.Signing.PrivateKey
    package let publicKey: AuditPublicKey

    /// Nil unless the seed has 32 octets.
    package init?(seed: Secret) {
        let key = seed.exposeBytes { span in
            unsafe span.withUnsafeBytes { unsafe try? Curve25519.Signing.PrivateKey(rawRepresentation: $0) }
        }
        guard let key, let publicKey = AuditPublicKey(Array(key.publicKey.rawRepresentation)) else { return nil }
        self.key = key
        self.publicKey = publicKey
    }

    /// RFC 8032: the same octets always get the same signature, so evidence can be made again octet by octet.
    package func signature(of octets: [UInt8]) throws -> [UInt8] {
        Array(try key.signature(for: octets))
    }
}

extension AuditSigningKey: CustomStringConvertible, CustomReflectable {
    package var description: String { "[audit key]" }
    package var customMirror: Mirror { Mirror(self, children: [], displayStyle: .struct) }
}

/// What anybody may know of an audit key.
package struct AuditPublicKey: Sendable, Hashable {
    package let octets: [UInt8]

    package init?(_ octets: [UInt8]) {
        guard octets.count == 32 else { return nil }
        self.octets = octets
    }

    /// C2SP, signed-note: 4 octets that tell keys of one name apart; 1 stands for Ed25519.
    package func hash(name: String) -> [UInt8] {
        Array(SHA256.hash(data: Array(name.utf8) + [0x0A, 0x01] + octets).prefix(4))
    }

    /// `name+hash+key`, as verifiers of signed notes take it.
    package func verifierText(name: String) -> String {
        let hash = hash(name: name).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        return "\(name)+\(hash)+\(Data([0x01] + octets).base64EncodedString())"
    }

    /// Reads `name+hash+key`; nil where they do not belong together.
    package init?(verifierText text: String) {
        let pieces = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
        guard pieces.count == 3, let octets = Data(base64Encoded: String(pieces[2])), octets.first == 0x01,
            let key = AuditPublicKey(Array(octets.dropFirst())),
            key.verifierText(name: String(pieces[0])) == text
        else { return nil }
        self = key
    }

    /// The log that begins with this key: the name under which all its checkpoints are signed.
    package var origin: String {
        let hash = SHA256.hash(data: octets).prefix(8)
        return "latchkey.audit/" + hash.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    package func isSignature(_ signature: [UInt8], of octets: [UInt8]) -> Bool {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: self.octets) else { return false }
        return key.isValidSignature(signature, for: octets)
    }
}
