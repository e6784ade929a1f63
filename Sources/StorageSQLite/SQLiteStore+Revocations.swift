package import FoundationEssentials
package import GatewayCore
import GRDB
package import Storage

extension SQLiteStore {
    package func queueRevocation(_ revocation: PendingRevocation, audit: AuditEvent) async throws {
        try await write { database in
            try database.queue(revocation)
            try database.append([audit])
        }
    }

    package func dueRevocations(at: Date, limit: Int) async throws -> [PendingRevocation] {
        try await read { database in
            try database.records(
                "SELECT * FROM pending_revocations WHERE next_attempt_at <= ? ORDER BY next_attempt_at, id LIMIT ?",
                [at.milliseconds, max(limit, 0)]
            ).map { try $0.revocation() }
        }
    }

    package func pendingRevocations(of connection: ConnectionID) async throws -> [PendingRevocation] {
        try await read { database in
            try database.records(
                "SELECT * FROM pending_revocations WHERE connection_id = ? ORDER BY queued_at, id", [connection.text]
            ).map { try $0.revocation() }
        }
    }

    package func pendingRevocations(ofAny connections: [ConnectionID]) async throws -> [PendingRevocation] {
        try await read { database in
            try database.records(
                """
                SELECT * FROM pending_revocations WHERE connection_id IN (SELECT value FROM json_each(?))
                ORDER BY queued_at, id
                """, [connections.jsonList]
            ).map { try $0.revocation() }
        }
    }

    package func pendingRevocationCount() async throws -> Int {
        try await read { try Int.fetchOne($0, sql: "SELECT count(*) FROM pending_revocations") ?? 0 }
    }

    package func recordRevocationAttempt(_ attempt: RevocationAttempt, of id: RevocationID) async throws {
        try await write { database in
            try database.execute(
                sql: """
                    UPDATE pending_revocations SET attempts = attempts + 1, last_attempt_at = ?, last_code = ?,
                        next_attempt_at = ?, expires_at = coalesce(expires_at, ?)
                    WHERE id = ?
                    """,
                arguments: [
                    attempt.at.milliseconds, attempt.code, attempt.nextAttemptAt.milliseconds,
                    attempt.expiresAt?.milliseconds, id.text,
                ])
        }
    }

    package func settleRevocation(
        _ id: RevocationID, reason: String?, at: Date, audit: AuditEvent
    ) async throws -> Bool {
        let settled = try await write { database in
            guard
                let connection = try database.record(
                    "SELECT connection_id FROM pending_revocations WHERE id = ?", [id.text])
            else { return false }
            try database.execute(sql: "DELETE FROM pending_revocations WHERE id = ?", arguments: [id.text])
            if let ended = try connection.optionalText("connection_id") {
                try database.execute(
                    sql: """
                        UPDATE connections SET status_reason = ?1, updated_at = ?2
                        WHERE id = ?3 AND status = 'disconnected' AND status_reason IS NOT ?1
                            AND NOT EXISTS (SELECT 1 FROM pending_revocations WHERE connection_id = ?3)
                        """, arguments: [reason, at.milliseconds, ended])
            }
            try database.append([audit])
            return true
        }
        if settled { await purgeAfterErasure() }
        return settled
    }
}

extension [ConnectionID] {
    /// For `json_each`, so that one statement serves every count. An id has nothing that would need an escape.
    var jsonList: String { "[" + map { "\"\($0.text)\"" }.joined(separator: ",") + "]" }
}

extension Database {
    func queue(_ revocation: PendingRevocation) throws {
        try insert(
            into: "pending_revocations",
            [
                "id": revocation.id.text,
                "tenant": revocation.tenant.text,
                "subdomain": revocation.subdomain,
                "connection_id": revocation.connection?.text,
                "generation": revocation.generation.stored,
                "access_token": revocation.accessToken.data,
                "key_id": revocation.keyID,
                "queued_at": revocation.queuedAt.milliseconds,
                "expires_at": revocation.expiresAt?.milliseconds,
                "attempts": revocation.attempts,
                "last_attempt_at": revocation.lastAttemptAt?.milliseconds,
                "last_code": revocation.lastCode,
                "next_attempt_at": revocation.nextAttemptAt.milliseconds,
            ])
    }
}

extension Record {
    fileprivate func revocation() throws -> PendingRevocation {
        PendingRevocation(
            id: try identifier("id"), tenant: try tenant(), subdomain: try text("subdomain"),
            connection: try optionalIdentifier("connection_id"),
            generation: UInt64(bitPattern: try integer("generation")), accessToken: try bytes("access_token"),
            keyID: try text("key_id"), queuedAt: try date("queued_at"), expiresAt: try optionalDate("expires_at"),
            attempts: Int(try integer("attempts")), lastAttemptAt: try optionalDate("last_attempt_at"),
            lastCode: try optionalText("last_code"), nextAttemptAt: try date("next_attempt_at"))
    }
}
