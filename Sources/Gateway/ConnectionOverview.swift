package import FoundationEssentials
package import GatewayCore
package import Storage

/// Everything that can be told about a connection's tokens without opening one: for its page and for the terminal.
package struct ConnectionOverview: Sendable, Equatable {
    package let connection: Connection
    /// Whether there is a refresh token. Without one the connection ends with its access token.
    package let isRenewable: Bool
    /// When the present token set arrived.
    package let obtainedAt: Date
    /// When somebody renews it by plan; nil when nobody will, or nobody has planned it yet.
    package let nextRefreshAt: Date?
    /// A new or newly authorized connection whose first renewal the scheduler has not planned yet.
    package let isBeingPlanned: Bool
    /// After a failure: not before then.
    package let notBefore: Date?
    /// Renewals in a row that did not work.
    package let failures: Int
    /// The newest renewal, ended or not.
    package let lastRefresh: RefreshEntry?
    package let leases: LeaseSummary
    /// Tokens that nobody uses any more and whose end Zendesk has not confirmed, oldest first.
    package let waiting: [PendingRevocation]

    package init(
        connection: Connection, isRenewable: Bool = true, obtainedAt: Date? = nil, nextRefreshAt: Date? = nil,
        isBeingPlanned: Bool = false, notBefore: Date? = nil,
        failures: Int = 0, lastRefresh: RefreshEntry? = nil, leases: LeaseSummary = .none,
        waiting: [PendingRevocation] = []
    ) {
        self.connection = connection
        self.isRenewable = isRenewable
        self.obtainedAt = obtainedAt ?? connection.updatedAt
        self.nextRefreshAt = nextRefreshAt
        self.isBeingPlanned = isBeingPlanned
        self.notBefore = notBefore
        self.failures = failures
        self.lastRefresh = lastRefresh
        self.leases = leases
        self.waiting = waiting
    }

    /// When the connection ends if nothing renews it.
    package var horizon: Date? {
        isRenewable ? connection.refreshTokenExpiresAt : connection.accessTokenExpiresAt
    }
}

extension GatewayStore {
    /// Four reads; what changes between them is told as it was at one of them.
    package func overview(of connection: Connection, at now: Date) async throws -> ConnectionOverview {
        let state = try await refreshState(of: connection.id)
        let isRenewed = connection.status == .active || connection.status == .inDoubt
        let due = isRenewed ? state?.schedule.due : nil
        return ConnectionOverview(
            connection: connection, isRenewable: state?.credential?.refreshToken != nil,
            obtainedAt: state?.schedule.obtainedAt,
            nextRefreshAt: due == RefreshSchedule.atOnce ? nil : due, isBeingPlanned: due == RefreshSchedule.atOnce,
            notBefore: state?.schedule.notBefore.flatMap { $0 > now ? $0 : nil },
            failures: state?.schedule.failures ?? 0, lastRefresh: try await lastRefresh(of: connection.id),
            leases: try await openLeaseSummary(of: connection.id, at: now),
            waiting: try await pendingRevocations(of: connection.id))
    }
}

extension RefreshEntry {
    /// Phase and outcome in a word or two, as engineers read it: `committed (renewed)`, `not_done (status.503)`.
    package var refreshClass: String {
        phase.rawValue + (outcome.map { " (\($0))" } ?? "")
    }
}
