package import GatewayCore
import GRDB
package import Storage

extension SQLiteStore {
    package func rootKeyInUse() async throws -> StoredRootKey? {
        try await read { database in
            let found = try database.record(
                """
                SELECT root_key_check_value FROM data_keys WHERE length(wrapped) > 0
                UNION ALL SELECT root_key_check_value FROM audit_keys WHERE length(wrapped) > 0 LIMIT 1
                """)
            guard let found else { return nil }
            let place = try database.record("SELECT * FROM root_key_place")
            return StoredRootKey(
                checkValue: try found.bytes("root_key_check_value"), place: try place?.text("place"),
                replacedAt: try place?.date("replaced_at"), former: try place?.bytes("former"),
                formerPlace: try place?.optionalText("former_place"))
        }
    }

    package func replaceRootKey(_ change: RootKeyChange, audit: AuditEvent) async throws {
        try await write { database in
            for key in change.dataKeys {
                try database.rewrap(
                    "data_keys", id: key.former.id, from: key.former.wrapped, to: key.new.wrapped, change.new)
            }
            for key in change.auditKeys {
                try database.rewrap(
                    "audit_keys", id: key.former.id, from: key.former.wrapped, to: key.new.wrapped, change.new)
            }
            try database.requireEverything(under: change.new)
            try database.execute(
                sql: """
                    INSERT OR REPLACE INTO root_key_place (id, place, former, replaced_at, former_place)
                    VALUES (1, ?, ?, ?, ?)
                    """,
                arguments: [change.place, change.former.data, change.at.milliseconds, change.formerPlace])
            try database.append([audit])
        }
        // The former wrappings are zeros in the database; their frames in the log must go, too.
        await purgeAfterErasure()
    }
}

extension Database {
    fileprivate func rewrap(
        _ table: String, id: String, from former: [UInt8], to new: [UInt8], _ checkValue: [UInt8]
    ) throws {
        let changed = try change(
            "UPDATE \(table) SET wrapped = ?, root_key_check_value = ? WHERE id = ? AND wrapped = ?",
            [new.data, checkValue.data, id, former.data])
        guard changed == 1 else { throw StorageError.conflict }
    }

    /// A key that was made in between, by another process, is still under the former one.
    fileprivate func requireEverything(under checkValue: [UInt8]) throws {
        for table in ["data_keys", "audit_keys"] {
            let left = try record(
                "SELECT 1 FROM \(table) WHERE length(wrapped) > 0 AND root_key_check_value <> ? LIMIT 1",
                [checkValue.data])
            guard left == nil else { throw StorageError.conflict }
        }
    }
}
