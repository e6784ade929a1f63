package import FoundationEssentials
package import GatewayCore

/// What preflight found over time, and when each connection is looked at next.
///
/// The history is bounded: a few whole reports, the last runs one by one, and before those one stretch for as long as
/// nothing changed.
package protocol PreflightStore: Sendable {
    /// Keeps the report and its line of the history. With a meaning it becomes the connection's summary as well; without
    /// one the summary stays what it is. The meaning's account is kept where the connection has none. Throws `conflict` when
    /// there is no such live connection, and when the connection is no longer what the meaning was made from, or was checked later; then nothing is kept.
    func recordPreflight(
        _ report: StoredPreflightReport, meaning: PreflightMeaning?, audit: [AuditEvent]
    ) async throws

    /// The newest report of a connection.
    func latestPreflight(of id: ConnectionID) async throws -> StoredPreflightReport?

    /// A whole report, while it is among the last `PreflightBounds.reports` of its connection.
    func preflight(_ id: PreflightReportID, of connection: ConnectionID) async throws -> StoredPreflightReport?

    /// Newest first; `before` is the position of the last stretch of the page before.
    func preflightHistory(
        of connection: ConnectionID, before: Int64?, limit: Int
    ) async throws -> [PreflightStretch]

    /// Forgets stretches and reports that ended before a date, a batch at a time; how many stretches went.
    func forgetPreflights(endedBefore: Date, limit: Int) async throws -> Int

    /// Hands out connections that are due, most overdue first, and puts them off until `until`, so that no two processes
    /// get the same one and one whose process dies comes back. A connection that is made or authorized again is due soon
    /// after; one that is ended or needs authorization is due never.
    func claimDuePreflights(at: Date, until: Date, limit: Int) async throws -> [ConnectionID]

    /// Sets the date of the next look, if the connection is still looked at.
    func planPreflight(of connection: ConnectionID, due: Date) async throws

    /// How many connections are due.
    func duePreflightCount(at: Date) async throws -> Int

    /// How many live connections have each verdict.
    func preflightVerdictCounts() async throws -> [Verdict: Int]
}

extension PreflightStore {
    /// The same whatever the connection was; a report older than the summary leaves the summary alone.
    package func recordPreflight(
        _ report: StoredPreflightReport, sync: SyncProgress, audit: [AuditEvent]
    ) async throws {
        try await recordPreflight(report, meaning: PreflightMeaning(sync: sync, from: nil), audit: audit)
    }
}

/// How much of a connection's history is kept.
package enum PreflightBounds {
    /// Whole reports.
    package static let reports = 10
    /// Runs that are told apart even where nothing changed.
    package static let runs = 50
    /// Stretches in all: two and a half changes a day for 400 days.
    package static let stretches = 1_000
}

/// What a report makes of its connection, and what the connection was when that was decided.
package struct PreflightMeaning: Sendable, Equatable {
    package struct Before: Sendable, Equatable {
        package let verdict: Verdict?
        package let sync: SyncState

        package init(verdict: Verdict?, sync: SyncState) {
            self.verdict = verdict
            self.sync = sync
        }
    }

    package let sync: SyncProgress
    /// Nil: decided without looking.
    package let from: Before?
    /// The account that answered the run; kept where none is on record yet, and nowhere else.
    package let account: String?

    package init(sync: SyncProgress, from: Before?, account: String? = nil) {
        self.sync = sync
        self.from = from
        self.account = account
    }
}

/// A report as it is kept: JSON without secrets, and what lists need of it.
package struct StoredPreflightReport: Sendable, Equatable {
    package let id: PreflightReportID
    package let connection: ConnectionID
    package let verdict: Verdict
    package let checkedAt: Date
    /// What did not pass, as `code=status` with blanks between; for the history.
    package let outcomes: String
    package let json: [UInt8]

    package init(
        id: PreflightReportID, connection: ConnectionID, verdict: Verdict, checkedAt: Date, outcomes: String = "",
        json: [UInt8]
    ) {
        self.id = id
        self.connection = connection
        self.verdict = verdict
        self.checkedAt = checkedAt
        self.outcomes = outcomes
        self.json = json
    }
}

/// One run, or several in a row that found the same.
package struct PreflightStretch: Sendable, Equatable {
    /// Grows with time; where a page ends.
    package let position: Int64
    /// The last report of the stretch.
    package let report: PreflightReportID
    package let firstAt: Date
    package let lastAt: Date
    package let runs: Int
    package let verdict: Verdict
    package let outcomes: String

    package init(
        position: Int64, report: PreflightReportID, firstAt: Date, lastAt: Date, runs: Int, verdict: Verdict,
        outcomes: String
    ) {
        self.position = position
        self.report = report
        self.firstAt = firstAt
        self.lastAt = lastAt
        self.runs = runs
        self.verdict = verdict
        self.outcomes = outcomes
    }
}
