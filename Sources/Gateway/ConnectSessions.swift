package import FoundationEssentials
package import GatewayCore
package import Storage

/// A product's request that one of its customers connect, as a link with a limited life.
package struct ConnectSessions: Sendable {
    package static let lifetime: TimeInterval = 30 * 60

    let store: any GatewayStore
    let clock: any WallClock
    let random: any RandomSource

    package init(store: any GatewayStore, clock: any WallClock, random: any RandomSource) {
        self.store = store
        self.clock = clock
        self.random = random
    }

    /// What the product may fix beforehand. Values are parsed; nothing is checked again here.
    package struct Request: Sendable {
        package let tenant: TenantID
        package let permissionLevels: [PermissionLevel]
        package let organization: OrganizationURL?
        package let returnURL: String?
        package let connection: ConnectionID?

        package init(
            tenant: TenantID, permissionLevels: [PermissionLevel], organization: OrganizationURL?, returnURL: String?,
            connection: ConnectionID?
        ) {
            self.tenant = tenant
            self.permissionLevels = permissionLevels
            self.organization = organization
            self.returnURL = returnURL
            self.connection = connection
        }
    }

    package func create(
        _ request: Request, actor: AuditActor
    ) async throws -> (session: ConnectSession, token: BearerToken) {
        let token = BearerToken(.connectLink, random: random)
        let session = ConnectSession(
            id: ConnectSessionID(random: random), tenant: request.tenant, permissionLevels: request.permissionLevels,
            subdomain: request.organization?.subdomain, returnURL: request.returnURL, connection: request.connection,
            expiresAt: clock.now.addingTimeInterval(Self.lifetime))
        try await store.insertConnectSession(
            session, digest: token.digest,
            audit: AuditEvent(
                at: clock.now, actor: actor, action: .connectSessionCreated, tenant: request.tenant,
                connection: request.connection, subject: session.id.text))
        return (session, token)
    }
}
