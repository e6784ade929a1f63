package import GatewayCore
package import Storage

/// A link for each connection that needs somebody's authorization: to be sent to its organization after many were lost at
/// once (KEY-17). The link opens that one connection and ends like every connect session.
package struct ReconnectLinks: Sendable {
    package struct Link: Sendable {
        package let connection: Connection
        package let session: ConnectSession
        package let token: BearerToken
    }

    let store: any GatewayStore
    let sessions: ConnectSessions
    let policy: HostPolicy

    package init(store: any GatewayStore, sessions: ConnectSessions, policy: HostPolicy) {
        self.store = store
        self.sessions = sessions
        self.policy = policy
    }

    package func make(tenant: TenantID?, actor: AuditActor) async throws -> [Link] {
        var links: [Link] = []
        let lost = ConnectionQuery(tenant: tenant, status: .needsReauthorization)
        for connection in try await store.everyConnection(matching: lost) {
            links.append(try await link(for: connection, actor))
        }
        return links
    }

    private func link(for connection: Connection, _ actor: AuditActor) async throws -> Link {
        let (session, token) = try await sessions.create(
            ConnectSessions.Request(
                tenant: connection.tenant, permissionLevels: [connection.permissionLevel],
                organization: try OrganizationURL(subdomain: connection.subdomain, policy: policy), returnURL: nil,
                connection: connection.id),
            actor: actor)
        return Link(connection: connection, session: session, token: token)
    }
}
