import FoundationEssentials
package import GatewayCore
import GRDB
package import Storage

extension SQLiteStore {
    /// A checkpoint a second makes three and a half hours. Of what is older the last one of each day stays, and every one
    /// is where it was sent.
    private static let keptCheckpoints = 12_600

    package func auditKeys() async throws -> [StoredAuditKey] {
        try await read { try $0.auditKeys() }
    }

    package func insertFirstAuditKey(_ key: StoredAuditKey, audit: AuditEvent) async throws {
        try await write { database in
            guard try database.auditKeys().isEmpty else { throw StorageError.conflict }
            try database.insert(key)
            try database.append([audit])
        }
    }

    package func replaceAuditKey(
        _ retiring: String, with new: StoredAuditKey, audit: AuditEvent,
        closing: @escaping @Sendable (AuditTreeHead) throws -> StoredAuditCheckpoint
    ) async throws {
        try await write { database in
            try database.append([audit])
            try database.insert(try closing(try database.auditTreeHead()))
            let retired = try database.change(
                "UPDATE audit_keys SET state = 'retired', wrapped = x'', retired_at = ? WHERE id = ? AND state = 'active'",
                [new.createdAt.milliseconds, retiring])
            guard retired == 1 else { throw StorageError.conflict }
            try database.insert(new)
        }
        // The old seed is erased from the database; its frames in the log must go, too.
        await purgeAfterErasure()
    }

    package func insertAuditCheckpoint(_ checkpoint: StoredAuditCheckpoint) async throws {
        try await writeGrouped { database in
            try database.insert(checkpoint)
            try database.cachedStatement(
                sql: """
                    DELETE FROM audit_checkpoints WHERE size <
                        (SELECT size FROM audit_checkpoints ORDER BY size DESC LIMIT 1 OFFSET ?)
                    AND size NOT IN (SELECT max(size) FROM audit_checkpoints GROUP BY key_id)
                    AND size NOT IN (SELECT max(size) FROM audit_checkpoints GROUP BY signed_at / 86400000)
                    """
            ).execute(arguments: [Self.keptCheckpoints])
        }
    }

    package func newestAuditCheckpoint() async throws -> StoredAuditCheckpoint? {
        try await read { database in
            try database.record("SELECT * FROM audit_checkpoints ORDER BY size DESC, signed_at DESC LIMIT 1")?
                .auditCheckpoint()
        }
    }

    package func auditCheckpoints() async throws -> [StoredAuditCheckpoint] {
        try await read { database in
            try database.records("SELECT * FROM audit_checkpoints ORDER BY size, signed_at").map {
                try $0.auditCheckpoint()
            }
        }
    }
}

extension Record {
    fileprivate func auditCheckpoint() throws -> StoredAuditCheckpoint {
        StoredAuditCheckpoint(
            size: try integer("size"), root: try bytes("root"), keyID: try text("key_id"),
            signedAt: try date("signed_at"), note: try text("note"))
    }
}

extension Database {
    func auditKeys() throws -> [StoredAuditKey] {
        try records("SELECT * FROM audit_keys ORDER BY rowid").map {
            StoredAuditKey(
                id: try $0.text("id"), publicKey: try $0.bytes("public_key"), wrapped: try $0.bytes("wrapped"),
                rootKeyCheckValue: try $0.bytes("root_key_check_value"), createdAt: try $0.date("created_at"),
                retiredAt: try $0.optionalDate("retired_at"))
        }
    }

    fileprivate func insert(_ key: StoredAuditKey) throws {
        try insert(
            into: "audit_keys",
            [
                "id": key.id,
                "state": "active",
                "public_key": key.publicKey.data,
                "wrapped": key.wrapped.data,
                "root_key_check_value": key.rootKeyCheckValue.data,
                "created_at": key.createdAt.milliseconds,
            ])
    }

    fileprivate func insert(_ checkpoint: StoredAuditCheckpoint) throws {
        try cachedStatement(sql: "INSERT OR IGNORE INTO audit_checkpoints VALUES (?, ?, ?, ?, ?)").execute(
            arguments: [
                checkpoint.size, checkpoint.keyID, checkpoint.root.data, checkpoint.signedAt.milliseconds,
                checkpoint.note,
            ])
    }
}
