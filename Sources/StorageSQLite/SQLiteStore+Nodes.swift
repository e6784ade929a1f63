package import FoundationEssentials
import GatewayCore
import GRDB
package import Storage

extension SQLiteStore {
    package func heartbeat(_ node: GatewayNode) async throws {
        try await writeGrouped { database in
            try database.execute(
                sql: """
                    INSERT INTO nodes (id, started_at, seen_at, keyring_version, root_key) VALUES (?, ?, ?, ?, ?)
                    ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at,
                        keyring_version = excluded.keyring_version, root_key = excluded.root_key
                    """,
                arguments: [
                    node.id, node.startedAt.milliseconds, node.seenAt.milliseconds, node.keyringVersion,
                    node.rootKey?.data,
                ])
        }
    }

    package func nodes(seenSince: Date) async throws -> [GatewayNode] {
        try await read { database in
            try database.records(
                "SELECT * FROM nodes WHERE seen_at >= ? ORDER BY started_at, id", [seenSince.milliseconds]
            ).map {
                GatewayNode(
                    id: try $0.text("id"), startedAt: try $0.date("started_at"), seenAt: try $0.date("seen_at"),
                    keyringVersion: try $0.integer("keyring_version"), rootKey: try $0.optionalBytes("root_key"))
            }
        }
    }

    /// By the last of the two words in the log: an emergency outlives the process that began it.
    package func openEmergency() async throws -> AuditEntry? {
        try await read { database in
            let last = try database.record(
                #"""
                SELECT * FROM audit_log
                WHERE action IN ('emergency_rotation.begun', 'emergency_rotation.completed')
                ORDER BY "index" DESC LIMIT 1
                """#)?.auditEntry()
            return last?.event.action == .emergencyRotationBegun ? last : nil
        }
    }

    package func lastDoubt() async throws -> Date? {
        try await read { database in
            try database.record(
                #"""
                SELECT at FROM audit_log WHERE action = 'backup.restored' AND outcome = 'failed'
                ORDER BY "index" DESC LIMIT 1
                """#)?.date("at")
        }
    }

    package func removeNode(_ id: String) async throws {
        try await writeGrouped { try $0.execute(sql: "DELETE FROM nodes WHERE id = ?", arguments: [id]) }
    }
}
