import Crypto

/// A short name for something that the log must not hold itself.
package enum Fingerprint {
    /// `sha256:` and 64 digits.
    package static func of(_ text: String) -> String {
        "sha256:" + SHA256.hash(data: Array(text.utf8)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
