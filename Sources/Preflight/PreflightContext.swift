package import FoundationEssentials
package import GatewayCore
package import Zendesk

/// What checks may ask, and what they may know. Answers that several checks need are fetched once.
package struct PreflightContext: Sendable {
    package let organization: OrganizationURL
    package let permissionLevel: PermissionLevel
    package let grantedScopes: ScopeSet
    package let accessTokenExpiresAt: Date?
    package let refreshTokenExpiresAt: Date?
    package let hasRefreshToken: Bool
    package let now: Date
    /// Who the token acts for: asked once, before the checks.
    package let currentUser: ZendeskAnswer<CurrentUser>
    package let client: ZendeskClient

    package init(
        organization: OrganizationURL, permissionLevel: PermissionLevel, grantedScopes: ScopeSet,
        accessTokenExpiresAt: Date?, refreshTokenExpiresAt: Date?, hasRefreshToken: Bool, now: Date,
        currentUser: ZendeskAnswer<CurrentUser>, client: ZendeskClient
    ) {
        self.organization = organization
        self.permissionLevel = permissionLevel
        self.grantedScopes = grantedScopes
        self.accessTokenExpiresAt = accessTokenExpiresAt
        self.refreshTokenExpiresAt = refreshTokenExpiresAt
        self.hasRefreshToken = hasRefreshToken
        self.now = now
        self.currentUser = currentUser
        self.client = client
    }
}
