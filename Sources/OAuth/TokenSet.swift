package import GatewayCore

/// What a token endpoint granted. Lifetimes count from the moment the server answered, which is after it was asked.
package struct TokenSet: Sendable {
    package let accessToken: Secret
    /// Nil after an exchange: cannot be renewed. Nil after a refresh: the old one stays (RFC 6749, section 6).
    package let refreshToken: Secret?
    /// Nil: as requested (RFC 6749, section 5.1).
    package let scope: ScopeSet?
    /// Seconds. Nil means unknown, and never "for ever".
    package let expiresIn: Int?
    /// Seconds. Nil means unknown.
    package let refreshTokenExpiresIn: Int?

    package init(
        accessToken: Secret, refreshToken: Secret?, scope: ScopeSet?, expiresIn: Int?, refreshTokenExpiresIn: Int?
    ) {
        self.accessToken = accessToken
        self.refreshToken = refreshToken
        self.scope = scope
        self.expiresIn = expiresIn
        self.refreshTokenExpiresIn = refreshTokenExpiresIn
    }
}
