import FoundationEssentials
package import GatewayCore
import Preflight
import Storage

/// What a look of the monitor came to.
package enum MonitorLook: String, Sendable, CaseIterable {
    /// Every check ran, and the report was kept.
    case checked
    /// Nothing had drifted since the last report.
    case unchanged
    /// Zendesk could not be reached: nothing is known, nothing was kept.
    case unreachable
    /// There is nothing to look at any more.
    case gone
}

extension Diagnostics {
    /// A whole run comes at least once a day: a look that would come later than that after the last run is one.
    private static let wholeRunAge: TimeInterval = 24 * 60 * 60 - PreflightTimetable.interval

    /// What shows that somebody changed something at Zendesk: the account, the client, the token, the role. Three calls.
    private static let driftChecks: Set<CheckCode> = {
        let runner = PreflightRunner()
        return runner.closure(of: .supportRoleAdmin).union(runner.closure(of: .oauthClientKnown))
    }()

    /// A whole run where one is due, or the connection fails and may have been mended; else the light one, and a whole
    /// run when that finds another state than the last report.
    package func look(at id: ConnectionID) async throws -> MonitorLook {
        guard let connection = try await store.connection(id), Self.isWatched(connection) else { return .gone }
        if let earlier = try await lightRunBasis(connection) {
            let drift = try await drift(of: connection, since: earlier)
            guard drift == .checked else { return drift }
        }
        return try await wholeRun(connection)
    }

    private static func isWatched(_ connection: Connection) -> Bool {
        connection.status == .active || connection.status == .inDoubt
    }

    /// Nil when only a whole run will do.
    private func lightRunBasis(_ connection: Connection) async throws -> PreflightReport? {
        guard let summary = connection.preflight, summary.verdict != .fail,
            clock.now.timeIntervalSince(summary.checkedAt) <= Self.wholeRunAge
        else { return nil }
        return try await latest(of: connection.id)
    }

    /// `.checked` stands for: something is different, look at everything.
    private func drift(of connection: Connection, since earlier: PreflightReport) async throws -> MonitorLook {
        let light = PreflightRunner(checks: runner.checks.filter { Self.driftChecks.contains($0.code) })
        let report = await light.run(
            PreflightReportID(random: random), in: try await question(of: connection).context, connection: connection.id
        )
        if report.isOutage { return .unreachable }
        let known = Dictionary(earlier.checks.map { ($0.code, $0.status) }) { first, _ in first }
        return report.checks.allSatisfy { known[$0.code] == $0.status } ? .unchanged : .checked
    }

    private func wholeRun(_ connection: Connection) async throws -> MonitorLook {
        do {
            let report = try await run(connection, actor: .system)
            return report.isOutage ? .unreachable : .checked
        } catch is DiagnosticsRefusal {
            return .gone
        }
    }
}
