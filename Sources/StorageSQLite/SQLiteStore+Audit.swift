import AuditTrail
import FoundationEssentials
package import GatewayCore
import GRDB
package import Storage

extension SQLiteStore {
    package func append(_ events: [AuditEvent]) async throws {
        try await writeGrouped { try $0.append(events) }
    }

    package func auditEntries(after index: Int64, limit: Int) async throws -> [AuditEntry] {
        try await read { database in
            try database.records(
                #"SELECT * FROM audit_log WHERE "index" > ? ORDER BY "index" LIMIT ?"#, [index, max(limit, 0)]
            ).map { try $0.auditEntry() }
        }
    }
}

extension Database {
    /// Inside the transaction of the change it records. The index is the largest one plus one: writers take turns, a
    /// rolled-back one leaves no gap, and nothing is ever deleted.
    func append(_ events: [AuditEvent]) throws {
        guard !events.isEmpty else { return }
        var tree = try auditTreeWriter()
        for event in events {
            let record = AuditRecord(index: tree.nextIndex, event: event)
            try insert(record, leafHash: try tree.add(record))
        }
        try tree.finish()
    }

    private func insert(_ record: AuditRecord, leafHash: TreeHash) throws {
        try cachedStatement(sql: "INSERT INTO audit_log VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)").execute(
            arguments: [
                record.index, record.at, record.actorKind, record.actorID, record.action, record.outcome,
                record.outcomeCode, record.tenant, record.connection, record.subject, record.generation?.stored,
                record.keyID, leafHash.octets.data,
            ])
    }
}

extension Record {
    func auditEntry() throws -> AuditEntry {
        AuditEntry(
            index: try integer("index"),
            event: AuditEvent(
                at: try date("at"),
                actor: AuditActor(kind: try word("actor_kind"), id: try optionalText("actor_id")),
                action: try word("action"), outcome: try outcome(),
                tenant: try optionalText("tenant").map { try required(TenantID($0)) },
                connection: try optionalIdentifier("connection_id"), subject: try optionalText("subject"),
                generation: try optionalInteger("generation").map(UInt64.init(bitPattern:)),
                keyID: try optionalText("key_id")))
    }

    private func outcome() throws -> AuditOutcome {
        switch try text("outcome") {
        case "succeeded": .succeeded
        case "refused": .refused(code: try text("outcome_code"))
        case "failed": .failed(code: try text("outcome_code"))
        default: throw StorageError.damaged
        }
    }
}
