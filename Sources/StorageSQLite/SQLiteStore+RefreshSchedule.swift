package import FoundationEssentials
package import GatewayCore
import GRDB
package import Storage

extension SQLiteStore {
    package func claimDueRefreshes(at: Date, until: Date, limit: Int) async throws -> [ConnectionID] {
        // Most of the time nothing is due, and then nothing is written.
        guard try await dueRefreshCount(at: at, counting: 1) > 0 else { return [] }
        return try await writeGrouped { database in
            // What somebody left open first, however long the line is: a lost grant must be named within a minute.
            let open = try database.claim(
                """
                SELECT connection_id FROM refresh_schedule WHERE due_at <= ? AND connection_id IN (
                    SELECT connection_id FROM refresh_journal WHERE ended_at IS NULL) ORDER BY due_at LIMIT ?
                """, at: at, until: until, limit: limit)
            return try open
                + database.claim(
                    "SELECT connection_id FROM refresh_schedule WHERE due_at <= ? ORDER BY due_at LIMIT ?", at: at,
                    until: until, limit: limit - open.count)
        }
    }

    package func planRefreshes(_ plans: [RefreshPlan]) async throws {
        try await writeGrouped { database in
            for plan in plans {
                try database.execute(
                    sql: """
                        UPDATE refresh_schedule SET due_at = ?1 WHERE connection_id = ?2
                            AND EXISTS (SELECT 1 FROM connections WHERE id = ?2 AND generation = ?3)
                            AND NOT EXISTS (
                                SELECT 1 FROM refresh_journal WHERE connection_id = ?2 AND ended_at IS NULL)
                        """,
                    arguments: [plan.due.milliseconds, plan.connection.text, plan.generation.stored])
            }
        }
    }

    package func setTokenEnds(
        of connection: ConnectionID, generation: UInt64, accessToken: Date?, refreshToken: Date?, due: Date
    ) async throws {
        try await write { database in
            let changed = try database.change(
                """
                UPDATE connections SET access_token_expires_at = coalesce(?, access_token_expires_at),
                    refresh_token_expires_at = coalesce(?, refresh_token_expires_at)
                WHERE id = ? AND generation = ? AND status IN ('active', 'in_doubt')
                """,
                [accessToken?.milliseconds, refreshToken?.milliseconds, connection.text, generation.stored])
            guard changed == 1 else { return }
            try database.execute(
                sql: "UPDATE refresh_schedule SET due_at = ? WHERE connection_id = ?",
                arguments: [due.milliseconds, connection.text])
        }
    }

    package func nextRefreshDue() async throws -> Date? {
        try await read { database in
            try database.record("SELECT min(due_at) AS due_at FROM refresh_schedule")?.optionalDate("due_at")
        }
    }

    package func dueRefreshCount(at: Date) async throws -> Int {
        try await dueRefreshCount(at: at, counting: .max)
    }

    private func dueRefreshCount(at: Date, counting limit: Int) async throws -> Int {
        try await read { database in
            let row = try database.record(
                "SELECT count(*) AS due FROM (SELECT 1 FROM refresh_schedule WHERE due_at <= ? LIMIT ?)",
                [at.milliseconds, limit])
            return Int(try row?.integer("due") ?? 0)
        }
    }
}

extension Database {
    fileprivate func claim(_ due: String, at: Date, until: Date, limit: Int) throws -> [ConnectionID] {
        let rows = try records(due, [at.milliseconds, limit])
        for row in rows {
            try execute(
                sql: "UPDATE refresh_schedule SET due_at = ? WHERE connection_id = ?",
                arguments: [until.milliseconds, try row.text("connection_id")])
        }
        return try rows.map { try $0.identifier("connection_id") }
    }
}
