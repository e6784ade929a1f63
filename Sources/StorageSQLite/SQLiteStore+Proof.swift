package import GatewayCore
import GRDB
package import Storage

extension SQLiteStore {
    /// Whoever rolls back a row with its credential cannot roll back the log, which is a tree that checkpoints sign. A
    /// credential that was rolled back alone opens in its own generation, and nowhere else.
    package func rolledBackConnections() async throws -> [ConnectionID] {
        try await read { database in
            try database.records(
                """
                SELECT connections.id AS id FROM connections
                LEFT JOIN credentials ON credentials.connection_id = connections.id JOIN (
                    SELECT connection_id, max(generation) AS generation FROM audit_log
                    WHERE action IN ('connection.created', 'connection.reauthorized', 'tokens.refreshed')
                        AND outcome = 'succeeded' GROUP BY connection_id
                ) AS logged ON logged.connection_id = connections.id
                WHERE min(connections.generation, coalesce(credentials.generation, connections.generation))
                    < logged.generation ORDER BY connections.id
                """
            ).map { try $0.identifier("id") }
        }
    }

    package func rotationProofs(limit: Int) async throws -> [AuditEntry] {
        try await read { database in
            try database.records(
                #"SELECT * FROM audit_log WHERE action = 'rotation.verified' ORDER BY "index" DESC LIMIT ?"#, [limit]
            ).map { try $0.auditEntry() }
        }
    }
}
