/// The connections of every tenant, newest first, or those that a search found.
struct AllConnectionsPage: Page {
    static let template = "all-connections"

    let frame: PageFrame
    let searched: String
    let isSearch: Bool
    let hasConnections: Bool
    let connections: [FoundConnection]
    /// Where the next page begins; nil on the last.
    let nextCursor: String?

    init(frame: PageFrame, typed: String, connections: [FoundConnection], next: String?) {
        self.frame = frame.titled("All connections", area: .connections)
        searched = typed
        isSearch = !typed.isEmpty
        hasConnections = !connections.isEmpty
        self.connections = connections
        nextCursor = next
    }
}

/// One connection, with whose it is.
struct FoundConnection: Sendable {
    let href: String
    let diagnosticsHref: String
    let organization: String
    let ownerTenant: String
    let connectedBy: String
    let mark: StateMark

    init(id: String, organization: String, tenant: String, connectedBy: String, standing: ConnectionStanding) {
        href = OwnPath.connection(id)
        diagnosticsHref = OwnPath.connection(id, "/diagnostics")
        self.organization = organization
        ownerTenant = tenant
        self.connectedBy = connectedBy
        mark = standing.mark
    }
}
