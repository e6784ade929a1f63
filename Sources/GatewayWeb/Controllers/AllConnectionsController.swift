import Gateway
import GatewayCore
import HTTPTypes
import Hummingbird
import Storage

/// Where a support engineer finds a connection, whosever it is.
struct AllConnectionsController: Sendable {
    static let shown = 25
    /// No name is longer; what is typed beyond that is not looked for.
    private static let longestSearch = 300

    let desk: PageDesk

    /// `GET /connections`
    func show(_ request: Request, _ context: GatewayContext) async throws -> Response {
        try await desk.page(request) { visitor in
            guard visitor.isSupport else { throw WebRefusal.forbidden }
            let fields = try request.query()
            let typed = String((fields["search"] ?? "").prefix(Self.longestSearch))
            let found = try await desk.web.store.connections(
                matching: ConnectionQuery(search: name(in: typed), pageSize: Self.shown, cursor: fields["cursor"]))
            return .html(
                desk.web.renderer.render(
                    AllConnectionsPage(
                        frame: desk.frame(for: visitor), typed: typed, connections: found.connections.map(row),
                        next: found.nextCursor)))
        }
    }

    /// An address that was copied from Zendesk stands for its organization.
    private func name(in typed: String) -> String? {
        if let organization = try? OrganizationURL(parsing: typed, policy: desk.web.settings.hostPolicy) {
            return organization.subdomain
        }
        let words = typed.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return words.isEmpty ? nil : words
    }

    private func row(_ connection: Connection) -> FoundConnection {
        FoundConnection(
            id: connection.id.text, organization: connection.subdomain, tenant: connection.tenant.text,
            connectedBy: connection.connectedBy.name,
            standing: ConnectionStanding(connection, now: desk.web.clock.now))
    }
}
