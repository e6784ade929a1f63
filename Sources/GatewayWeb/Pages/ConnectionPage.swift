/// One connection: where it stands, and everything its owner can do about it.
struct ConnectionPage: Page {
    static let template = "connection"

    let frame: PageFrame
    let organization: String
    let organizationLink: OutsideLink?
    /// Whose connection it is, where that is not the visitor's own tenant.
    let ownerTenant: String?
    let mark: StateMark
    let stateSentence: String
    /// Why, where a person can do something with it.
    let stateReason: String?
    /// The page is served with a `Refresh` header of this many seconds, and says so; nil when it stands still.
    let refreshSeconds: String?
    let isPassing: Bool
    let pageHref: String
    let stillHref: String
    let hasFindings: Bool
    let findings: [FindingRow]
    let offersChecks: Bool
    let needsChecks: Bool
    let offersReconnect: Bool
    let needsReconnect: Bool
    let hasTokens: Bool
    let offersDisconnect: Bool
    let offersRefresh: Bool
    let offersLevels: Bool
    let formToken: String
    let diagnosticsHref: String
    let reconnectHref: String
    let reconnectText: String
    let disconnectHref: String
    let refreshHref: String
    let levelHref: String
    let facts: ConnectionFacts
    let access: AccessNote
    let sync: SyncNote

    /// The page of a connection that still is, or was.
    ///
    /// `findings` are the failed checks and warnings of the last report. `mayAct` says whether the visitor's role may
    /// reconnect and disconnect; support only looks. `keepsStill`: the visitor asked the page not to look again by
    /// itself (`?refresh=off`).
    init(
        frame: PageFrame, facts: ConnectionFacts, standing: ConnectionStanding, reason: String? = nil,
        findings: [FindingRow] = [], access: AccessNote, sync: SyncNote, formToken: String, mayAct: Bool,
        ownerTenant: String? = nil, keepsStill: Bool = false
    ) {
        organization = facts.organization
        self.ownerTenant = ownerTenant
        organizationLink = OutsideLink(facts.organizationURL, about: facts.organization)
        self.frame = frame.titled("\(facts.organization): \(standing.mark.word.lowercased())")
        mark = standing.mark
        stateSentence = standing.sentence
        stateReason = reason
        isPassing = standing.isPassing
        refreshSeconds = standing.isPassing && !keepsStill ? Self.refreshInterval : nil
        pageHref = OwnPath.connection(facts.id)
        stillHref = OwnPath.connection(facts.id, "?refresh=off")
        self.findings = findings
        hasFindings = !findings.isEmpty
        needsChecks = hasFindings || standing == .unchecked
        let isOver = standing == .disconnected
        offersChecks = mayAct && !isOver && standing != .needsReauthorization && !standing.isPassing
        offersReconnect = mayAct && !standing.isPassing
        offersRefresh = mayAct && !isOver && standing != .needsReauthorization
        offersLevels = offersReconnect && !isOver
        needsReconnect = standing == .needsReauthorization
        hasTokens = !isOver
        offersDisconnect = mayAct && !isOver
        self.formToken = formToken
        diagnosticsHref = OwnPath.connection(facts.id, "/diagnostics")
        reconnectHref = OwnPath.checked("/connect?connection=\(facts.id)")
        reconnectText = isOver ? "Connect again" : "Reconnect"
        disconnectHref = OwnPath.connection(facts.id, "/disconnect")
        refreshHref = OwnPath.connection(facts.id, "/refresh")
        levelHref = OwnPath.checked("/connect?connection=\(facts.id)&change=level")
        self.facts = facts
        self.access = access
        self.sync = sync
    }

    /// Seconds.
    private static let refreshInterval = "5"
}

/// What a connection consists of, in words.
struct ConnectionFacts: Sendable {
    let id: String
    let organization: String
    let organizationURL: String
    let levelTitle: String
    let personName: String
    let personEmail: String?
    let personRole: String
    let connectedAt: PageMoment

    init(
        id: String, organization: String, organizationURL: String, levelTitle: String, personName: String,
        personEmail: String?, personRole: String, connectedAt: PageMoment
    ) {
        self.id = id
        self.organization = organization
        self.organizationURL = organizationURL
        self.levelTitle = levelTitle
        self.personName = personName
        self.personEmail = personEmail
        self.personRole = personRole
        self.connectedAt = connectedAt
    }
}

/// How far the sync is.
struct SyncNote: Sendable {
    let syncMark: StateMark
    let syncSentence: String
    let lastCompleted: PageMoment?

    /// The state of what is disconnected, whatever its last one was.
    static let ended = "ended"

    /// The state's name as the API gives it: `not_started`, `waiting_for_preflight`, `running`, `completed`, `failing`.
    init(state: String, lastCompleted: PageMoment? = nil) {
        self.lastCompleted = lastCompleted
        (syncMark, syncSentence) =
            switch state {
            case "waiting_for_preflight":
                (StateMark(.off, "Waiting for the checks"), "Sync begins as soon as no check fails.")
            case "running":
                (StateMark(.busy, "Running"), "The first retrieval may take up to 72 hours. It survives restarts.")
            case "completed": (StateMark(.good, "Up to date"), "Users, roles, licences and usage have been synced.")
            case "failing":
                (StateMark(.attention, "Failing"), "The last sync did not finish. It is tried again by itself.")
            case Self.ended: (StateMark(.off, "Ended"), "Nothing is synced any more.")
            default: (StateMark(.off, "Not started"), "No sync has run yet.")
            }
    }
}
