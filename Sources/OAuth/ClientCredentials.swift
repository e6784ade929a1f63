package import GatewayCore

/// How we identify ourselves at the token endpoint: identifier and secret in the body, the one method there is.
package struct ClientCredentials: Sendable {
    package let clientID: String
    /// The current secret first, then the next one, for the time of a change. Empty for a public client.
    package let secrets: [Secret]
    /// Told after each answer whether the secret at this position was taken for the client's, and whether it was the last one
    /// to be tried.
    package let notice: (@Sendable (_ position: Int, _ isAccepted: Bool, _ isLast: Bool) -> Void)?

    package init(
        clientID: String, secrets: [Secret],
        notice: (@Sendable (_ position: Int, _ isAccepted: Bool, _ isLast: Bool) -> Void)? = nil
    ) {
        self.clientID = clientID
        self.secrets = secrets
        self.notice = notice
    }
}

/// The lifetimes asked for, in seconds, at exchange and at every refresh: a token request without them falls back to
/// the server's default, and then the answer may not even name it.
package struct TokenLifetimes: Sendable, Hashable {
    package let access: Int
    package let refresh: Int

    package init(access: Int, refresh: Int) {
        self.access = access
        self.refresh = refresh
    }
}
