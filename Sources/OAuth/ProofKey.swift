internal import Crypto
package import GatewayCore

/// The proof that whoever redeems a code is whoever asked for it (RFC 7636). New for every authorization request.
package struct ProofKey: Sendable {
    /// Section 4.1 recommends 32 octets, which give the shortest allowed verifier of 43 characters.
    static let octets = 32

    /// Leaves this process in the body of one token request only.
    package let verifier: Secret
    package let challenge: CodeChallenge

    package init(random: any RandomSource) {
        verifier = Secret(Base64URL.encode(random.bytes(Self.octets)))
        challenge = CodeChallenge(of: verifier)
    }
}

/// `BASE64URL(SHA256(ASCII(code_verifier)))`, section 4.2.
///
/// Made from a verifier only, and always by S256: a `plain` challenge would hand the verifier to whoever reads the
/// browser's address bar, so there is no way to write one.
package struct CodeChallenge: Sendable, Hashable {
    package static let method = "S256"
    package let text: String

    package init(of verifier: Secret) {
        text = Base64URL.encode(SHA256.digest(of: verifier))
    }
}

extension SHA256 {
    static func digest(of secret: Secret) -> [UInt8] {
        secret.exposeBytes { span in
            unsafe span.withUnsafeBytes { octets in Array(unsafe SHA256.hash(data: octets)) }
        }
    }
}
