package import FoundationEssentials
package import GatewayCore

/// When each connection is due for a refresh. Durable, indexed by date: asking costs by what is due, not by what there is.
///
/// A connection that is made or authorized again is due at once, so that somebody plans it; one that is ended or needs
/// authorization is due never.
package protocol RefreshScheduleStore: Sendable {
    /// Hands out connections that are due, those with an open entry first, then the most overdue, and puts them off until `until`, so that no two processes
    /// get the same one and one whose process dies comes back.
    func claimDueRefreshes(at: Date, until: Date, limit: Int) async throws -> [ConnectionID]

    /// Sets dates, each only while the connection has that generation and no refresh is open.
    func planRefreshes(_ plans: [RefreshPlan]) async throws

    /// Writes down when a token set ends, learned after it was saved, while the connection has that generation.
    func setTokenEnds(
        of connection: ConnectionID, generation: UInt64, accessToken: Date?, refreshToken: Date?, due: Date
    ) async throws

    /// The earliest date in the schedule.
    func nextRefreshDue() async throws -> Date?

    /// How many connections are due.
    func dueRefreshCount(at: Date) async throws -> Int
}

package struct RefreshPlan: Sendable, Equatable {
    package let connection: ConnectionID
    package let generation: UInt64
    package let due: Date

    package init(connection: ConnectionID, generation: UInt64, due: Date) {
        self.connection = connection
        self.generation = generation
        self.due = due
    }
}

package struct RefreshSchedule: Sendable, Equatable {
    /// Nil: not in the schedule. `atOnce`: nobody has planned it yet.
    package let due: Date?
    /// After a failure: not before then.
    package let notBefore: Date?
    /// The same for whoever forces it.
    package let forcedNotBefore: Date?
    package let failures: Int
    /// When the present token set arrived.
    package let obtainedAt: Date
    package let learnedLifetime: Int?

    /// Before every date: how a connection that was made or authorized again waits to be planned.
    package static let atOnce = Date(timeIntervalSince1970: 0)

    package init(
        due: Date?, notBefore: Date?, forcedNotBefore: Date? = nil, failures: Int, obtainedAt: Date,
        learnedLifetime: Int?
    ) {
        self.due = due
        self.notBefore = notBefore
        self.forcedNotBefore = forcedNotBefore
        self.failures = failures
        self.obtainedAt = obtainedAt
        self.learnedLifetime = learnedLifetime
    }
}
