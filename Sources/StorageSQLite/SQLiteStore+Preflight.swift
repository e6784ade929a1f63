package import FoundationEssentials
package import GatewayCore
import GRDB
package import Storage

extension SQLiteStore {
    package func recordPreflight(
        _ report: StoredPreflightReport, meaning: PreflightMeaning?, audit: [AuditEvent]
    ) async throws {
        try await write { database in
            let live = try database.record(
                "SELECT 1 FROM connections WHERE id = ? AND status <> 'disconnected'", [report.connection.text])
            guard live != nil else { throw StorageError.conflict }
            if let meaning { try database.apply(meaning, of: report) }
            try database.keep(report)
            try database.append(audit)
        }
    }

    package func latestPreflight(of id: ConnectionID) async throws -> StoredPreflightReport? {
        try await read { database in
            try database.record(
                "SELECT * FROM preflight_reports WHERE connection_id = ? ORDER BY checked_at DESC, rowid DESC LIMIT 1",
                [id.text]
            )?.preflightReport()
        }
    }

    package func preflight(
        _ id: PreflightReportID, of connection: ConnectionID
    ) async throws -> StoredPreflightReport? {
        try await read { database in
            try database.record(
                "SELECT * FROM preflight_reports WHERE id = ? AND connection_id = ?", [id.text, connection.text]
            )?.preflightReport()
        }
    }

    package func preflightHistory(
        of connection: ConnectionID, before: Int64?, limit: Int
    ) async throws -> [PreflightStretch] {
        try await read { database in
            try database.records(
                """
                SELECT * FROM preflight_history WHERE connection_id = ? AND position < ?
                ORDER BY position DESC LIMIT ?
                """, [connection.text, before ?? .max, limit]
            ).map { try $0.preflightStretch() }
        }
    }

    package func forgetPreflights(endedBefore: Date, limit: Int) async throws -> Int {
        try await write { database in
            _ = try database.change(
                """
                DELETE FROM preflight_reports
                WHERE rowid IN (SELECT rowid FROM preflight_reports WHERE checked_at < ? LIMIT ?)
                """, [endedBefore.milliseconds, limit])
            return try database.change(
                """
                DELETE FROM preflight_history
                WHERE position IN (SELECT position FROM preflight_history WHERE last_at < ? LIMIT ?)
                """, [endedBefore.milliseconds, limit])
        }
    }
}

extension Database {
    /// Of two runs at once the later check speaks for the connection, whichever is written first.
    fileprivate func apply(_ meaning: PreflightMeaning, of report: StoredPreflightReport) throws {
        let changed = try change(
            """
            UPDATE connections SET preflight_verdict = ?1, preflight_checked_at = ?2, sync_state = ?3,
                sync_last_completed_at = ?4, account_fingerprint = coalesce(account_fingerprint, ?9)
            WHERE id = ?5 AND coalesce(preflight_checked_at <= ?2, 1)
                AND (?6 OR (preflight_verdict IS ?7 AND sync_state = ?8))
            """,
            [
                report.verdict.rawValue, report.checkedAt.milliseconds, meaning.sync.state.rawValue,
                meaning.sync.lastCompletedAt?.milliseconds, report.connection.text, meaning.from == nil,
                meaning.from?.verdict?.rawValue, meaning.from?.sync.rawValue, meaning.account,
            ])
        guard changed == 1 || meaning.from == nil else { throw StorageError.conflict }
    }

    fileprivate func keep(_ report: StoredPreflightReport) throws {
        let connection = report.connection.text
        try insert(
            into: "preflight_reports",
            [
                "id": report.id.text, "connection_id": connection, "verdict": report.verdict.rawValue,
                "checked_at": report.checkedAt.milliseconds, "outcomes": report.outcomes, "json": report.json.data,
            ])
        try insert(
            into: "preflight_history",
            [
                "connection_id": connection, "report_id": report.id.text,
                "first_at": report.checkedAt.milliseconds, "last_at": report.checkedAt.milliseconds, "runs": 1,
                "verdict": report.verdict.rawValue, "outcomes": report.outcomes,
            ])
        try foldOldRun(of: connection)
        try forgetBeyondBounds(of: connection)
    }

    /// The run that has just left the last ones joins the stretch before it, if it found the same.
    private func foldOldRun(of connection: String) throws {
        let two = try records(
            "SELECT * FROM preflight_history WHERE connection_id = ? ORDER BY position DESC LIMIT 2 OFFSET ?",
            [connection, PreflightBounds.runs]
        ).map { try $0.preflightStretch() }
        guard two.count == 2, two[0].verdict == two[1].verdict, two[0].outcomes == two[1].outcomes else { return }
        _ = try change(
            """
            UPDATE preflight_history SET report_id = ?, last_at = max(last_at, ?), runs = runs + ? WHERE position = ?
            """, [two[0].report.text, two[0].lastAt.milliseconds, two[0].runs, two[1].position])
        _ = try change("DELETE FROM preflight_history WHERE position = ?", [two[0].position])
    }

    private func forgetBeyondBounds(of connection: String) throws {
        _ = try change(
            """
            DELETE FROM preflight_reports WHERE rowid IN (SELECT rowid FROM preflight_reports WHERE connection_id = ?
                ORDER BY checked_at DESC, rowid DESC LIMIT -1 OFFSET ?)
            """, [connection, PreflightBounds.reports])
        _ = try change(
            """
            DELETE FROM preflight_history WHERE position IN (SELECT position FROM preflight_history
                WHERE connection_id = ? ORDER BY position DESC LIMIT -1 OFFSET ?)
            """, [connection, PreflightBounds.stretches])
    }
}

extension Record {
    fileprivate func preflightReport() throws -> StoredPreflightReport {
        StoredPreflightReport(
            id: try identifier("id"), connection: try identifier("connection_id"), verdict: try word("verdict"),
            checkedAt: try date("checked_at"), outcomes: try text("outcomes"), json: try bytes("json"))
    }

    fileprivate func preflightStretch() throws -> PreflightStretch {
        PreflightStretch(
            position: try integer("position"), report: try identifier("report_id"), firstAt: try date("first_at"),
            lastAt: try date("last_at"), runs: Int(try integer("runs")), verdict: try word("verdict"),
            outcomes: try text("outcomes"))
    }
}
