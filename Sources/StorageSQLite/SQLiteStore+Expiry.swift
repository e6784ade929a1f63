package import FoundationEssentials
package import GatewayCore
import GRDB
package import Storage

extension SQLiteStore {
    package func connectionHorizons(
        from last: ConnectionHorizon?, after: Date, before: Date, limit: Int
    ) async throws -> [ConnectionHorizon] {
        try await read { database in
            try database.records(
                """
                \(Database.horizons) AND end_at > ?1 AND end_at <= ?2 AND (end_at, id) > (?3, ?4)
                ORDER BY end_at, id LIMIT ?5
                """,
                [
                    after.milliseconds, before.milliseconds, last?.end.milliseconds ?? .min,
                    last?.connection.text ?? "", max(limit, 0),
                ]
            ).map { try $0.horizon() }
        }
    }

    package func connectionHorizon(of id: ConnectionID) async throws -> ConnectionHorizon? {
        try await read { database in
            try database.record("\(Database.horizons) AND id = ?", [id.text])?.horizon()
        }
    }

    package func connectionHorizons(of ids: [ConnectionID]) async throws -> [ConnectionHorizon] {
        try await read { database in
            try database.records(
                "\(Database.horizons) AND id IN (SELECT value FROM json_each(?))", [ids.jsonList]
            ).map { try $0.horizon() }
        }
    }

    package func recordExpiryWarning(
        of id: ConnectionID, generation: UInt64, secondsLeft: Int, audit: AuditEvent
    ) async throws -> Bool {
        try await write { database in
            let current = try database.record(
                """
                SELECT 1 FROM connections WHERE id = ?1 AND generation = ?2 AND status <> 'disconnected'
                    AND NOT EXISTS (
                        SELECT 1 FROM expiry_warnings
                        WHERE connection_id = ?1 AND generation = ?2 AND seconds_left <= ?3)
                """, [id.text, generation.stored, secondsLeft])
            guard current != nil else { return false }
            // Warnings of generations that are gone are of no use to anybody.
            try database.execute(
                sql: "DELETE FROM expiry_warnings WHERE connection_id = ? AND generation <> ?",
                arguments: [id.text, generation.stored])
            try database.insert(
                into: "expiry_warnings",
                ["connection_id": id.text, "generation": generation.stored, "seconds_left": secondsLeft])
            try database.append([audit])
            return true
        }
    }

    package func connectionCounts() async throws -> [ConnectionStatus: Int] {
        try await read { database in
            let counts = try database.records("SELECT status, count(*) AS number FROM connections GROUP BY status")
                .map { (try $0.word("status") as ConnectionStatus, Int(try $0.integer("number"))) }
            return Dictionary(uniqueKeysWithValues: counts)
        }
    }

    package func nearestHorizon() async throws -> Date? {
        try await read { database in
            try database.record("\(Database.horizons) ORDER BY end_at LIMIT 1")?.horizon().end
        }
    }

    package func connectionsUnchanged(sinceLast action: AuditAction) async throws -> Int? {
        try await read { database in
            guard
                let index = try Int64.fetchOne(
                    database, sql: #"SELECT max("index") FROM audit_log WHERE action = ?"#,
                    arguments: [action.rawValue])
            else { return nil }
            return try Int.fetchOne(
                database,
                sql: """
                    SELECT count(*) FROM connections WHERE status <> 'disconnected' AND id NOT IN (
                        SELECT connection_id FROM audit_log
                        WHERE "index" > ? AND action IN (?, ?) AND outcome = 'succeeded'
                            AND connection_id IS NOT NULL)
                    """,
                arguments: [index, AuditAction.tokensExchanged.rawValue, AuditAction.tokensRefreshed.rawValue])
        }
    }
}

extension Database {
    /// A refresh token's end where there is one, else the access token's. Ends nobody named are left out.
    fileprivate static let horizons = """
        SELECT * FROM (
            SELECT connections.id, tenant, subdomain, connections.generation,
                coalesce(
                    (SELECT obtained_at FROM refresh_schedule WHERE connection_id = connections.id), updated_at)
                    AS obtained_at,
                iif(refresh_token IS NULL, access_token_expires_at, refresh_token_expires_at) AS end_at,
                refresh_token IS NOT NULL AS renewable,
                (SELECT min(seconds_left) FROM expiry_warnings
                    WHERE connection_id = connections.id AND generation = connections.generation) AS warned_at
            FROM connections JOIN credentials ON credentials.connection_id = connections.id
            WHERE status IN ('active', 'in_doubt'))
        WHERE end_at IS NOT NULL
        """
}

extension Record {
    fileprivate func horizon() throws -> ConnectionHorizon {
        ConnectionHorizon(
            connection: try identifier("id"), tenant: try tenant(), subdomain: try text("subdomain"),
            generation: UInt64(bitPattern: try integer("generation")), obtainedAt: try date("obtained_at"),
            end: try date("end_at"), isRenewable: try integer("renewable") == 1,
            warnedAt: try optionalInteger("warned_at").map { Int($0) })
    }
}
