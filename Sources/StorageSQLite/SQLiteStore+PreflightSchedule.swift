package import FoundationEssentials
package import GatewayCore
import GRDB
import Storage

extension SQLiteStore {
    package func claimDuePreflights(at: Date, until: Date, limit: Int) async throws -> [ConnectionID] {
        // Most of the time nothing is due, and then nothing is written.
        guard try await duePreflightCount(at: at, counting: 1) > 0 else { return [] }
        return try await write { database in
            let due = try database.records(
                "SELECT connection_id FROM preflight_schedule WHERE due_at <= ? ORDER BY due_at LIMIT ?",
                [at.milliseconds, limit])
            for row in due {
                try database.execute(
                    sql: "UPDATE preflight_schedule SET due_at = ? WHERE connection_id = ?",
                    arguments: [until.milliseconds, try row.text("connection_id")])
            }
            return try due.map { try $0.identifier("connection_id") }
        }
    }

    package func planPreflight(of connection: ConnectionID, due: Date) async throws {
        try await writeGrouped { database in
            try database.execute(
                sql: "UPDATE preflight_schedule SET due_at = ? WHERE connection_id = ?",
                arguments: [due.milliseconds, connection.text])
        }
    }

    package func duePreflightCount(at: Date) async throws -> Int {
        try await duePreflightCount(at: at, counting: .max)
    }

    package func preflightVerdictCounts() async throws -> [Verdict: Int] {
        try await read { database in
            let rows = try database.records(
                """
                SELECT preflight_verdict AS verdict, count(*) AS number FROM connections
                WHERE status <> 'disconnected' AND preflight_verdict IS NOT NULL GROUP BY preflight_verdict
                """)
            return Dictionary(
                uniqueKeysWithValues: try rows.map { (try $0.word("verdict"), Int(try $0.integer("number"))) })
        }
    }

    private func duePreflightCount(at: Date, counting limit: Int) async throws -> Int {
        try await read { database in
            let row = try database.record(
                "SELECT count(*) AS due FROM (SELECT 1 FROM preflight_schedule WHERE due_at <= ? LIMIT ?)",
                [at.milliseconds, limit])
            return Int(try row?.integer("due") ?? 0)
        }
    }
}
