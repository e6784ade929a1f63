import FoundationEssentials
package import GatewayCore
import GRDB
package import Storage

extension SQLiteStore {
    package func dataKeys() async throws -> [StoredDataKey] {
        try await read { database in
            try database.records("SELECT * FROM data_keys ORDER BY created_at, position").map {
                StoredDataKey(
                    id: try $0.text("id"), state: try $0.text("state"), wrapped: try $0.bytes("wrapped"),
                    rootKeyCheckValue: try $0.bytes("root_key_check_value"), createdAt: try $0.date("created_at"),
                    activatedAt: try $0.optionalDate("activated_at"), retiredAt: try $0.optionalDate("retired_at"))
            }
        }
    }

    package func insertFirstDataKey(_ key: StoredDataKey, audit: AuditEvent) async throws {
        try await write { database in
            guard try database.record("SELECT 1 FROM data_keys LIMIT 1") == nil else { throw StorageError.conflict }
            try database.insert(
                into: "data_keys",
                [
                    "id": key.id,
                    "state": key.state,
                    "wrapped": key.wrapped.data,
                    "root_key_check_value": key.rootKeyCheckValue.data,
                    "created_at": key.createdAt.milliseconds,
                    "activated_at": key.activatedAt?.milliseconds,
                    "retired_at": key.retiredAt?.milliseconds,
                ])
            try database.append([audit])
        }
    }

    package func recordCounts() async throws -> [String: Int] {
        try await read { database in
            let counts = try database.records(
                """
                SELECT key_id, count(*) AS records FROM (
                    SELECT key_id FROM credentials
                    UNION ALL
                    SELECT key_id FROM pending_authorizations WHERE length(sealed_verifier) > 0
                    UNION ALL
                    SELECT key_id FROM pending_revocations
                    UNION ALL
                    SELECT key_id FROM webhook_endpoints)
                GROUP BY key_id
                """
            ).map { (try $0.text("key_id"), Int(try $0.integer("records"))) }
            return Dictionary(uniqueKeysWithValues: counts)
        }
    }
}
