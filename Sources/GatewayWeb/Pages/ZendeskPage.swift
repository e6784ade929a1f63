/// What the Zendesk integration can do, and this tenant's connections.
struct ZendeskPage: Page {
    static let template = "zendesk"

    let frame: PageFrame
    let canConnect: Bool
    let connectText: String
    let hasConnections: Bool
    let connections: [ConnectionRow]
    let hasWaiting: Bool
    let waiting: [WaitingRow]
    let capabilitiesSubject: String
    let syncs: [CapabilityRow]
    let actions: [CapabilityRow]

    init(
        frame: PageFrame, connections: [ConnectionRow], waiting: [WaitingRow], access: CapabilityAccess,
        canConnect: Bool
    ) {
        self.frame = frame.titled("Zendesk")
        self.canConnect = canConnect
        self.connections = connections
        self.hasConnections = !connections.isEmpty
        self.waiting = waiting
        self.hasWaiting = !waiting.isEmpty
        connectText = connections.isEmpty ? "Connect Zendesk" : "Connect another organization"
        capabilitiesSubject = access.subject
        syncs = CapabilityRow.syncs(access)
        actions = CapabilityRow.actions(access)
    }
}

/// One connection in the list.
struct ConnectionRow: Sendable {
    let href: String
    let organization: String
    let levelTitle: String
    let connectedBy: String
    let mark: StateMark

    init(id: String, organization: String, levelTitle: String, connectedBy: String, standing: ConnectionStanding) {
        self.href = OwnPath.connection(id)
        self.organization = organization
        self.levelTitle = levelTitle
        self.connectedBy = connectedBy
        self.mark = standing.mark
    }
}

/// A pending authorization: somebody went to Zendesk and has not come back.
struct WaitingRow: Sendable {
    let organization: String
    let mark: StateMark
    let sentence: String
    /// Set when the time has run out, so that the page explains what that usually means.
    let nothingCameBack: Bool
    let retryHref: String

    /// `started` is a distance such as `3 minutes ago`; `expired` says that Zendesk's answer would no longer be taken.
    init(organization: String, started: String, expired: Bool, retryPath: String = "/connect") {
        self.organization = organization
        self.nothingCameBack = expired
        self.retryHref = OwnPath.checked(retryPath)
        mark = expired ? StateMark(.warning, "Nothing came back") : StateMark(.busy, "Waiting for Zendesk")
        sentence = "\(expired ? "Nothing came back from" : "Waiting for") Zendesk, started \(started)."
    }
}
