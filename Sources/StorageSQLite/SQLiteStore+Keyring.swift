package import FoundationEssentials
package import GatewayCore
import GRDB
package import Storage

extension SQLiteStore {
    package func dataKeys() async throws -> [StoredDataKey] {
        try await read { database in
            try database.records("SELECT * FROM data_keys ORDER BY position").map {
                StoredDataKey(
                    id: try $0.text("id"), state: try $0.text("state"), wrapped: try $0.bytes("wrapped"),
                    rootKeyCheckValue: try $0.bytes("root_key_check_value"), createdAt: try $0.date("created_at"),
                    activatedAt: try $0.optionalDate("activated_at"), retiredAt: try $0.optionalDate("retired_at"),
                    destroyAt: try $0.optionalDate("destroy_at"), sealsReserved: try $0.integer("seals_reserved"),
                    served: TimeInterval(try $0.integer("served_seconds")))
            }
        }
    }

    package func insertFirstDataKey(_ key: StoredDataKey, audit: AuditEvent) async throws {
        try await write { database in
            guard try database.record("SELECT 1 FROM data_keys LIMIT 1") == nil else { throw StorageError.conflict }
            try database.insert(key)
            try database.append([audit])
        }
    }

    package func recordCounts() async throws -> [String: Int] {
        try await sealedRowCounts().values.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
    }

    package func keyringVersion() async throws -> Int64 {
        try await read { database in
            guard let record = try database.record("SELECT version FROM keyring_version") else {
                throw StorageError.damaged
            }
            return try record.integer("version")
        }
    }

    package func insertDataKey(_ key: StoredDataKey, audit: AuditEvent) async throws {
        try await write { database in
            try database.insert(key)
            try database.append([audit])
        }
    }

    package func changeDataKey(
        _ id: String, _ step: DataKeyStep, at: Date, audit: AuditEvent
    ) async throws -> DataKeyRefusal? {
        let refusal: DataKeyRefusal? = try await write { database in
            guard let key = try database.record("SELECT * FROM data_keys WHERE id = ?", [id]) else { return .unknown }
            if let refusal = try database.refusal(of: step, key, at: at) { return refusal }
            try database.apply(step, to: id, at: at)
            try database.append([audit])
            return nil
        }
        if refusal == nil, step == .destroy { await purgeAfterErasure() }
        return refusal
    }

    package func reserveSeals(_ count: Int64, of id: String) async throws -> Int64? {
        try await writeGrouped { database in
            try database.record(
                """
                UPDATE data_keys SET seals_reserved = seals_reserved + ?1
                WHERE id = ?2 AND seals_reserved + ?1 <= ?3 RETURNING seals_reserved
                """, [count, id, StoredDataKey.sealLimit]
            )?.integer("seals_reserved")
        }
    }

    package func noteServing(_ seconds: Int64, of id: String) async throws {
        try await writeGrouped { database in
            try database.execute(
                sql: "UPDATE data_keys SET served_seconds = max(served_seconds, ?) WHERE id = ?",
                arguments: [seconds, id])
        }
    }

    /// The log's word, not a column's: entries are in a tree that checkpoints sign. The column only makes running services
    /// look again.
    package func oldestOpeningKey() async throws -> String? {
        try await read { try $0.oldestOpeningKey() }
    }

    package func setOldestOpeningKey(_ id: String?, audit: AuditEvent) async throws -> DataKeyRefusal? {
        try await write { database in
            if let id {
                let key = try database.record("SELECT position, state FROM data_keys WHERE id = ?", [id])
                let primary = try database.record("SELECT position FROM data_keys WHERE state = 'primary'")
                guard let key, let primary else { return .unknown }
                guard try key.integer("position") <= primary.integer("position") else {
                    return .state(try key.text("state"))
                }
            }
            guard audit.subject.map(ChangeReason.removed) == (id ?? StoredDataKey.noLimit) else {
                throw StorageError.conflict
            }
            try database.execute(sql: "UPDATE keyring_version SET oldest_opening = ?", arguments: [id])
            try database.append([audit])
            return nil
        }
    }
}

extension Database {
    fileprivate func insert(_ key: StoredDataKey) throws {
        try insert(
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
    }

    fileprivate func oldestOpeningKey() throws -> String? {
        let last = try record(
            """
            SELECT subject FROM audit_log WHERE action = 'data_key.oldest_opening_set' ORDER BY "index" DESC LIMIT 1
            """)
        guard let limit = try last.map({ ChangeReason.removed(from: try $0.text("subject")) }) else { return nil }
        return limit == StoredDataKey.noLimit ? nil : limit
    }

    fileprivate func refusal(of step: DataKeyStep, _ key: Record, at: Date) throws -> DataKeyRefusal? {
        let (id, state) = (try key.text("id"), try key.text("state"))
        let allowed: [String] =
            switch step {
            case .promote, .retire: ["enabled"]
            case .scheduleDestruction, .cancelDestruction, .destroy: ["retired"]
            }
        guard allowed.contains(state) else { return .state(state) }
        switch step {
        case .promote: return try shutOut(id)
        case .cancelDestruction: return try key.optionalDate("destroy_at") == nil ? .notDue(nil) : nil
        case .retire: return try need(of: id)
        case .scheduleDestruction(let due):
            // Nobody shortens the time that somebody else gave; it can be cancelled, and is seen to be.
            if let given = try key.optionalDate("destroy_at"), due < given { return .notDue(given) }
            return try need(of: id)
        case .destroy:
            guard let due = try key.optionalDate("destroy_at"), due <= at else {
                return .notDue(try key.optionalDate("destroy_at"))
            }
            return try need(of: id)
        }
    }

    private func shutOut(_ id: String) throws -> DataKeyRefusal? {
        guard let oldest = try oldestOpeningKey() else { return nil }
        let older = try record(
            "SELECT 1 FROM data_keys WHERE id = ? AND position < (SELECT position FROM data_keys WHERE id = ?)",
            [id, oldest])
        return older.map { _ in .shutOut(oldest: oldest) }
    }

    /// The first row that stands under the key, and how many do.
    private func need(of id: String) throws -> DataKeyRefusal? {
        var first: (SealedTable, String)?
        var records = 0
        for table in SealedTable.allCases {
            let layout = SealedTableLayout(table)
            let found = try record(
                "SELECT count(*) AS records, min(\(layout.id)) AS row FROM \(layout.table) "
                    + "WHERE \(layout.holds) AND \(layout.keyColumn) = ?", [id])
            guard let found, let row = try found.optionalText("row") else { continue }
            records += Int(try found.integer("records"))
            first = first ?? (table, row)
        }
        return first.map { .needed(by: $0.0, row: $0.1, records: records) }
    }

    fileprivate func apply(_ step: DataKeyStep, to id: String, at: Date) throws {
        switch step {
        case .promote:
            try execute(sql: "UPDATE data_keys SET state = 'enabled' WHERE state = 'primary'")
            try execute(
                sql: "UPDATE data_keys SET state = 'primary', activated_at = ? WHERE id = ?",
                arguments: [at.milliseconds, id])
        case .retire:
            try execute(
                sql: "UPDATE data_keys SET state = 'retired', retired_at = ? WHERE id = ?",
                arguments: [at.milliseconds, id])
        case .scheduleDestruction(let due):
            try execute(
                sql: "UPDATE data_keys SET destroy_at = ? WHERE id = ?", arguments: [due.milliseconds, id])
        case .cancelDestruction:
            try execute(sql: "UPDATE data_keys SET destroy_at = NULL WHERE id = ?", arguments: [id])
        case .destroy:
            try execute(
                sql: "UPDATE data_keys SET state = 'destroyed', wrapped = x'', destroy_at = ? WHERE id = ?",
                arguments: [at.milliseconds, id])
        }
    }
}
