import Gateway
import GatewayCore
import HTTPTypes
import Hummingbird
import Storage

/// The tiles, and the tenant's Zendesk connections.
struct IntegrationsController: Sendable {
    let desk: PageDesk

    /// `GET /`
    func start(_ request: Request, _ context: GatewayContext) async throws -> Response {
        .seeOther(OwnPath.start)
    }

    /// `GET /integrations`
    func tiles(_ request: Request, _ context: GatewayContext) async throws -> Response {
        try await desk.page(request) { visitor in
            if let one = onlyPage(of: visitor) { return .seeOther(one) }
            let connections = try await connections(of: visitor)
            return .html(
                desk.web.renderer.render(
                    IntegrationsPage(
                        frame: desk.frame(for: visitor), standings: connections.map(standing),
                        canConnect: visitor.mayConnect)))
        }
    }

    /// `GET /integrations/zendesk`
    func zendesk(_ request: Request, _ context: GatewayContext) async throws -> Response {
        try await desk.page(request) { visitor in
            if let one = onlyPage(of: visitor) { return .seeOther(one) }
            guard visitor.mayList else { throw WebRefusal.forbidden }
            let connections = try await connections(of: visitor)
            return .html(
                desk.web.renderer.render(
                    ZendeskPage(
                        frame: desk.frame(for: visitor), connections: connections.map(row),
                        waiting: try await waiting(of: visitor, beside: connections), access: access(connections),
                        canConnect: visitor.mayConnect)))
        }
    }

    /// Where the holder of a connect session's link belongs: its one connection, or the form.
    private func onlyPage(of visitor: Visitor) -> String? {
        if visitor.areas == [.security] { return SecurityPath.page }
        guard let connectSession = visitor.session.connectSession else { return nil }
        return connectSession.connection.map { OwnPath.connection($0.text) } ?? "/connect"
    }

    private func connections(of visitor: Visitor) async throws -> [Connection] {
        try await desk.web.store.everyConnection(matching: ConnectionQuery(tenant: visitor.session.tenant)) {
            $0.status == .disconnected ? nil : $0
        }
    }

    private func standing(_ connection: Connection) -> ConnectionStanding {
        ConnectionStanding(connection, now: desk.web.clock.now)
    }

    private func row(_ connection: Connection) -> ConnectionRow {
        ConnectionRow(
            id: connection.id.text, organization: connection.subdomain, levelTitle: connection.permissionLevel.title,
            connectedBy: connection.connectedBy.name, standing: standing(connection))
    }

    /// Connects that have not come back. One that was followed by a connection to the same organization says nothing any
    /// more.
    private func waiting(of visitor: Visitor, beside connections: [Connection]) async throws -> [WaitingRow] {
        let now = desk.web.clock.now
        return try await desk.web.store.pendingAuthorizations(of: visitor.session.tenant)
            .filter { pending in
                !connections.contains { $0.subdomain == pending.subdomain && $0.updatedAt >= pending.createdAt }
            }
            .map { pending in
                WaitingRow(
                    organization: pending.subdomain,
                    started: PageMoment(pending.createdAt, now: now).distance, expired: pending.expiresAt <= now)
            }
    }

    /// The best that any connection allows now.
    private func access(_ connections: [Connection]) -> CapabilityAccess {
        let working = connections.filter { standing($0) == .checking || standing($0).care == .works }
        guard !connections.isEmpty else { return .notConnected }
        guard !working.isEmpty else { return .needsAttention }
        return .granted(working.contains { $0.permissionLevel == .readAndAct } ? .readAndAct : .read)
    }
}
