package import GatewayCore

/// A random text that opens something: a session cookie, a one-time link, an API key. 256 bits, base64url, with a prefix
/// that says what it is and that secret scanners can look for.
package struct BearerToken: Sendable {
    package enum Kind: String, Sendable {
        case session = "lks_"
        case signInLink = "lki_"
        case connectLink = "lkc_"
        case diagnosticsLink = "lkd_"
        case browser = "lkb_"
        case apiKey = "lk_"
    }

    package let secret: Secret
    package let digest: [UInt8]

    package init(_ kind: Kind, random: any RandomSource) {
        secret = Secret(kind.rawValue + Base64URL.encode(random.bytes(32)))
        digest = Digest.sha256(of: secret)
    }

    /// Takes what was presented. Nil unless it has exactly the form that we make, so that nothing odd reaches a look-up.
    package init?(_ kind: Kind, presented text: String) {
        guard text.hasPrefix(kind.rawValue), text.utf8.count == kind.rawValue.utf8.count + 43,
            Base64URL.decode(text.dropFirst(kind.rawValue.count)) != nil
        else { return nil }
        secret = Secret(text)
        digest = Digest.sha256(of: secret)
    }
}
