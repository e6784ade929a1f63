import Crypto
import FoundationEssentials

/// Proof Key for Code Exchange, RFC 7636, with S256 and nothing else.
enum ProofKey {
    /// 43 to 128 unreserved characters, RFC 7636, 4.1.
    static func isWellFormed(verifier: String) -> Bool {
        (43...128).contains(verifier.utf8.count) && verifier.utf8.allSatisfy(isUnreserved)
    }

    /// A SHA-256 in base64url is exactly 43 characters.
    static func isWellFormed(challenge: String) -> Bool {
        challenge.utf8.count == 43 && challenge.utf8.allSatisfy { isUnreserved($0) && !".~".utf8.contains($0) }
    }

    static func challenge(for verifier: String) -> String {
        Data(SHA256.hash(data: Array(verifier.utf8))).base64URLText
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-._~".utf8.contains(byte)
        }
    }
}
