package import FoundationEssentials
package import GatewayCore
package import OAuth
package import Zendesk

/// What checks may ask, and what they may know. Answers that several checks need are fetched once.
package struct PreflightContext: Sendable {
    package let organization: OrganizationURL
    package let clock: any WallClock
    /// Where our calls come from, as far as the operator said so.
    package let egress: [IPRange]
    /// Nil while nobody has signed in.
    package let connected: ConnectedFacts?
    let visitor: ZendeskVisitor
    let authorization: AuthorizationRequest
    private let locales: SharedAnswer<Timed<ZendeskAnswer<Done>>>
    private let user: SharedAnswer<ZendeskAnswer<CurrentUser>>?

    /// Makes a context; `authorization` is the request that a browser would be sent with, and never is.
    package init(
        organization: OrganizationURL, transport: any HTTPTransport, authorization: AuthorizationRequest,
        clock: any WallClock, egress: [IPRange], connected: ConnectedFacts? = nil
    ) {
        let visitor = ZendeskVisitor(organization: organization, transport: transport)
        self.organization = organization
        self.clock = clock
        self.egress = egress
        self.connected = connected
        self.visitor = visitor
        self.authorization = authorization
        locales = SharedAnswer { Timed(value: await visitor.publicLocales(), at: clock.now) }
        user = connected.map { connected in SharedAnswer { await connected.client.currentUser() } }
    }

    /// What the organization says to everybody, and when it said so by our clock.
    var publicLocales: Timed<ZendeskAnswer<Done>> {
        get async { await locales.value }
    }

    /// Who the token acts for. Nil while nobody has signed in.
    var currentUser: ZendeskAnswer<CurrentUser>? {
        get async { await user?.value }
    }
}

/// What is known of a connection before anything is asked.
package struct ConnectedFacts: Sendable {
    package let permissionLevel: PermissionLevel
    package let grantedScopes: ScopeSet
    package let accessTokenExpiresAt: Date?
    package let refreshTokenExpiresAt: Date?
    package let hasRefreshToken: Bool
    package let client: ZendeskClient

    package init(
        permissionLevel: PermissionLevel, grantedScopes: ScopeSet, accessTokenExpiresAt: Date?,
        refreshTokenExpiresAt: Date?, hasRefreshToken: Bool, client: ZendeskClient
    ) {
        self.permissionLevel = permissionLevel
        self.grantedScopes = grantedScopes
        self.accessTokenExpiresAt = accessTokenExpiresAt
        self.refreshTokenExpiresAt = refreshTokenExpiresAt
        self.hasRefreshToken = hasRefreshToken
        self.client = client
    }
}

/// A value, and when it arrived.
struct Timed<Value: Sendable>: Sendable {
    let value: Value
    let at: Date
}
