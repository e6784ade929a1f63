import Crypto
package import GatewayCore

/// SHA-256, for what browsers and programs present: the store keeps only digests, so that a copy of it opens no door.
package enum Digest {
    package static func sha256(of secret: Secret) -> [UInt8] {
        secret.exposeBytes { span in
            unsafe span.withUnsafeBytes { unsafe Array(SHA256.hash(data: $0)) }
        }
    }

    /// HMAC-SHA-256, keyed by a secret.
    package static func hmac(_ message: String, key: Secret) -> [UInt8] {
        let key = key.exposeBytes { span in
            unsafe span.withUnsafeBytes { unsafe SymmetricKey(data: $0) }
        }
        return Array(HMAC<SHA256>.authenticationCode(for: Array(message.utf8), using: key))
    }
}
