package import FoundationEssentials
package import GatewayCore

/// The journal of refreshes. A connection has at most one open entry, and the open entry is the lease: who holds it may
/// send the refresh token, and nobody else.
package protocol RefreshStore: Sendable {
    /// Opens an entry, durably, before anything is sent. Nobody gets one while another is open or when the connection is
    /// not at `generation` any more. Whatever becomes of the holder, the connection comes due when its time is over.
    func beginRefresh(
        of connection: ConnectionID, generation: UInt64, by holder: RefreshHolder, audit: AuditEvent
    ) async throws -> RefreshTurn

    /// Takes an open entry whose holder's time is over at `at`, under the next fence number. Nil when somebody was faster, when
    /// the entry has ended, or when its time is not over. A time beyond `horizon` was written by a clock that has been set
    /// back since; it is over, and what was sent counts as sent now.
    func takeOverRefresh(
        _ entry: RefreshEntry, by holder: RefreshHolder, endedBy at: Date, horizon: Date
    ) async throws -> RefreshEntry?

    /// Writes down how far a refresh has come; ends the entry if the step says so. Changes the connection's status only
    /// while it has the entry's generation, is `active` or `in_doubt`, and would be another; only then the step's own audit
    /// event is written. Nil, and nothing changed, when the entry is held under another fence or has ended.
    func noteRefresh(_ entry: RefreshEntry, _ step: RefreshStep, audit: [AuditEvent]) async throws -> RefreshEntry?

    /// Puts a renewed token set in the place of exactly the generation before it, ends the open entry, whoever holds it, as
    /// committed, and plans the next refresh. Throws `conflict` when the connection has another generation or was
    /// disconnected. What preflight and sync have written meanwhile stays. `recovery` is written behind `audit` when the
    /// connection was not well at that moment, whatever it was when the refresh began.
    func replaceCredential(_ renewal: CredentialRenewal, audit: [AuditEvent], recovery: AuditEvent?) async throws

    /// Everything a refresh has to know of a connection, read at one moment.
    func refreshState(of connection: ConnectionID) async throws -> RefreshState?

    /// The newest entry of a connection, open or ended.
    func lastRefresh(of connection: ConnectionID) async throws -> RefreshEntry?
}

extension RefreshStore {
    /// The same, and nobody is told that the connection is well again.
    package func replaceCredential(_ renewal: CredentialRenewal, audit: [AuditEvent]) async throws {
        try await replaceCredential(renewal, audit: audit, recovery: nil)
    }
}

/// Who works on an entry, and until when nobody else may.
package struct RefreshHolder: Sendable, Equatable {
    package let name: String
    package let at: Date
    /// Later than the end of every call the holder may make.
    package let until: Date

    package init(name: String, at: Date, until: Date) {
        self.name = name
        self.at = at
        self.until = until
    }
}

package enum RefreshTurn: Sendable, Equatable {
    case begun(RefreshEntry)
    /// Somebody else's entry is open.
    case taken(RefreshEntry)
    /// The connection has another generation, or none.
    case stale
}

/// One refresh, from the intention to its end.
package struct RefreshEntry: Sendable, Equatable {
    package let id: Int64
    package let connection: ConnectionID
    /// The generation whose refresh token is used.
    package let generation: UInt64
    package let phase: RefreshPhase
    package let holder: String
    /// Grows with every change of hands.
    package let fence: Int64
    package let begunAt: Date
    /// When a request with the refresh token may last have left.
    package let sentAt: Date
    /// Until then nobody but the holder may touch the entry.
    package let heldUntil: Date
    /// The one retry without certainty has been made: there is no second one.
    package let isMarked: Bool
    /// How often its doubt could not be resolved.
    package let doubts: Int
    /// A stable code: why it is in doubt, or how it ended.
    package let outcome: String?
    package let endedAt: Date?

    package init(
        id: Int64, connection: ConnectionID, generation: UInt64, phase: RefreshPhase, holder: String, fence: Int64,
        begunAt: Date, sentAt: Date, heldUntil: Date, isMarked: Bool, doubts: Int, outcome: String?, endedAt: Date?
    ) {
        self.id = id
        self.connection = connection
        self.generation = generation
        self.phase = phase
        self.holder = holder
        self.fence = fence
        self.begunAt = begunAt
        self.sentAt = sentAt
        self.heldUntil = heldUntil
        self.isMarked = isMarked
        self.doubts = doubts
        self.outcome = outcome
        self.endedAt = endedAt
    }
}

package enum RefreshPhase: String, Sendable, CaseIterable {
    /// The request may be on its way.
    case begun = "begun"
    /// Nobody knows whether the refresh token is spent.
    case inDoubt = "in_doubt"
    /// Zendesk refused a grant whose access token lives; asked once more after a while.
    case confirming = "confirming"

    // Ended.
    case committed = "committed"
    /// The refresh token was not spent.
    case notDone = "not_done"
    /// The grant is gone; somebody has to authorize again.
    case lost = "lost"
    /// The connection went on without this refresh.
    case superseded = "superseded"

    package var isEnd: Bool {
        switch self {
        case .begun, .inDoubt, .confirming: false
        case .committed, .notDone, .lost, .superseded: true
        }
    }
}

/// What is written down of a refresh that goes on or ends.
package struct RefreshStep: Sendable, Equatable {
    package struct StatusChange: Sendable, Equatable {
        package let status: ConnectionStatus
        package let reason: String?
        package let audit: AuditEvent?

        package init(_ status: ConnectionStatus, reason: String?, audit: AuditEvent?) {
            self.status = status
            self.reason = reason
            self.audit = audit
        }
    }

    package var phase: RefreshPhase
    package var at: Date
    /// When the connection is due next; an open entry is held until then.
    package var due: Date
    /// After a failure: until then not even somebody who forces a refresh gets one.
    package var forcedNotBefore: Date?
    package var outcome: String?
    package var sends = false
    package var marks: Bool?
    package var counts: Count = .stays
    package var change: StatusChange?

    /// What becomes of the number of failures in a row.
    package enum Count: Sendable, Equatable {
        case stays, grows, clears
    }

    package init(_ phase: RefreshPhase, at: Date, due: Date, outcome: String? = nil) {
        self.phase = phase
        self.at = at
        self.due = due
        self.outcome = outcome
    }
}

/// A renewed token set, sealed, with what it changes of its connection.
package struct CredentialRenewal: Sendable, Equatable {
    package var credential: SealedCredential
    package let grantedScopes: ScopeSet
    package let accessTokenExpiresAt: Date?
    package let refreshTokenExpiresAt: Date?
    package let at: Date
    package let due: Date
    /// Seconds an access token lived, where only experience tells.
    package let learnedLifetime: Int?
    /// How the entry ended: `renewed`, or what was odd about it.
    package let outcome: String
    /// The outcome of a renewal that somebody asked for because Zendesk refused the access token.
    package static let afterRejection = "renewed.after_rejection"

    package init(
        credential: SealedCredential, grantedScopes: ScopeSet, accessTokenExpiresAt: Date?,
        refreshTokenExpiresAt: Date?, at: Date, due: Date, learnedLifetime: Int?, outcome: String
    ) {
        self.credential = credential
        self.grantedScopes = grantedScopes
        self.accessTokenExpiresAt = accessTokenExpiresAt
        self.refreshTokenExpiresAt = refreshTokenExpiresAt
        self.at = at
        self.due = due
        self.learnedLifetime = learnedLifetime
        self.outcome = outcome
    }

    /// The generation it takes the place of.
    package var replaces: UInt64 { credential.generation &- 1 }
}

package struct RefreshState: Sendable, Equatable {
    package let connection: Connection
    package let credential: SealedCredential?
    package let schedule: RefreshSchedule
    /// Nil when none is open.
    package let entry: RefreshEntry?
    /// How the last one of this generation ended.
    package let lastOutcome: String?
    /// When the last reader's lease of this generation ends; nil when nobody holds one.
    package let leasedUntil: Date?
    /// This generation took the place of one that Zendesk had refused.
    package let cameAfterRejection: Bool

    package init(
        connection: Connection, credential: SealedCredential?, schedule: RefreshSchedule, entry: RefreshEntry?,
        lastOutcome: String?, leasedUntil: Date?, cameAfterRejection: Bool = false
    ) {
        self.connection = connection
        self.credential = credential
        self.schedule = schedule
        self.entry = entry
        self.lastOutcome = lastOutcome
        self.leasedUntil = leasedUntil
        self.cameAfterRejection = cameAfterRejection
    }
}
