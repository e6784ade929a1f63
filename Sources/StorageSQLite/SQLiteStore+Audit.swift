package import GatewayCore
import FoundationEssentials
import GRDB
package import Storage

extension SQLiteStore {
    package func append(_ events: [AuditEvent]) async throws {
        try await write { try $0.append(events) }
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
        for event in events {
            let (outcome, code) = event.outcome.stored
            try insert(
                into: "audit_log",
                [
                    "at": event.at.milliseconds,
                    "actor_kind": event.actor.kind.rawValue,
                    "actor_id": event.actor.id,
                    "action": event.action.rawValue,
                    "outcome": outcome,
                    "outcome_code": code,
                    "tenant": event.tenant?.text,
                    "connection_id": event.connection?.text,
                    "subject": event.subject,
                    "generation": event.generation?.stored,
                    "key_id": event.keyID,
                ])
        }
    }
}

extension AuditOutcome {
    fileprivate var stored: (word: String, code: String?) {
        switch self {
        case .succeeded: ("succeeded", nil)
        case .refused(let code): ("refused", code)
        case .failed(let code): ("failed", code)
        }
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
