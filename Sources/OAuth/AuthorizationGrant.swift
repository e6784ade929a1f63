package import GatewayCore

/// A code with everything needed to redeem it, once: `TokenEndpoint.exchange` uses it up, and the compiler sees to it.
package struct AuthorizationGrant: ~Copyable, Sendable {
    let code: Secret
    let verifier: Secret
    let redirectURI: String

    package init(code: Secret, verifier: Secret, redirectURI: String) {
        self.code = code
        self.verifier = verifier
        self.redirectURI = redirectURI
    }
}
