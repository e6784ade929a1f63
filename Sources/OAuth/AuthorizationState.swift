internal import Crypto
package import GatewayCore

/// The value that ties an answer to the browser and the request it belongs to (RFC 6749, section 10.12).
package struct AuthorizationState: Sendable {
    /// 256 bits; RFC 6749, section 10.10 asks for a guessing chance of at most 2^-128.
    static let octets = 32

    /// Goes to the authorization server and comes back. 43 characters that need no encoding.
    package let value: Secret
    /// What is stored. Whoever reads the database cannot finish somebody else's authorization, and a look-up by digest
    /// tells nothing by its timing about how much of a guess was right.
    package let digest: [UInt8]

    package init(random: any RandomSource) {
        value = Secret(Base64URL.encode(random.bytes(Self.octets)))
        digest = Self.digest(of: value)
    }

    /// The digest under which a returned state is looked up.
    package static func digest(of value: Secret) -> [UInt8] {
        SHA256.digest(of: value)
    }
}
