import FoundationEssentials
package import GatewayCore
import GRDB
package import Storage

extension SQLiteStore {
    package func recordPreflight(
        _ report: StoredPreflightReport, sync: SyncProgress, audit: [AuditEvent]
    ) async throws {
        try await write { database in
            let live = try database.record(
                "SELECT 1 FROM connections WHERE id = ? AND status <> 'disconnected'", [report.connection.text])
            guard live != nil else { throw StorageError.conflict }
            try database.insert(
                into: "preflight_reports",
                [
                    "id": report.id.text,
                    "connection_id": report.connection.text,
                    "verdict": report.verdict.rawValue,
                    "checked_at": report.checkedAt.milliseconds,
                    "json": report.json.data,
                ])
            // Of two runs at once the later check speaks for the connection, whichever is written first.
            try database.execute(
                sql: """
                    UPDATE connections SET preflight_verdict = ?1, preflight_checked_at = ?2, sync_state = ?3,
                        sync_last_completed_at = ?4
                    WHERE id = ?5 AND coalesce(preflight_checked_at <= ?2, 1)
                    """,
                arguments: [
                    report.verdict.rawValue, report.checkedAt.milliseconds, sync.state.rawValue,
                    sync.lastCompletedAt?.milliseconds, report.connection.text,
                ])
            try database.append(audit)
        }
    }

    package func latestPreflight(of id: ConnectionID) async throws -> StoredPreflightReport? {
        try await read { database in
            try database.record(
                "SELECT * FROM preflight_reports WHERE connection_id = ? ORDER BY checked_at DESC, rowid DESC LIMIT 1",
                [id.text]
            ).map {
                StoredPreflightReport(
                    id: try $0.identifier("id"), connection: try $0.identifier("connection_id"),
                    verdict: try $0.word("verdict"), checkedAt: try $0.date("checked_at"), json: try $0.bytes("json"))
            }
        }
    }
}
