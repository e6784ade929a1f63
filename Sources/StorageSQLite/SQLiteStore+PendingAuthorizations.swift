package import FoundationEssentials
package import GatewayCore
import GRDB
package import Storage

extension SQLiteStore {
    package func insertPendingAuthorization(
        _ pending: PendingAuthorization, limit: Int, audit: AuditEvent
    ) async throws {
        try await write { database in
            try database.insert(into: "pending_authorizations", pending.columns)
            // Expired ones do not wait any more: the sweep owns them, because each owes an audit entry.
            try database.execute(
                sql: """
                    DELETE FROM pending_authorizations WHERE position IN (
                        SELECT position FROM pending_authorizations WHERE session_digest = ? AND expires_at > ?
                        ORDER BY created_at DESC, position DESC LIMIT -1 OFFSET ?)
                    """,
                arguments: [pending.sessionDigest.data, pending.createdAt.milliseconds, max(limit, 1)])
            try database.append([audit])
        }
    }

    package func consumePendingAuthorization(
        stateDigest: [UInt8], browserDigest: [UInt8], at: Date
    ) async throws -> PendingAuthorization? {
        try await write { database in
            // An erased verifier means that it expired before, whatever a clock set back says now.
            let taken = try database.record(
                """
                DELETE FROM pending_authorizations
                WHERE state_digest = ? AND browser_digest = ? AND expires_at > ? AND length(sealed_verifier) > 0
                RETURNING *
                """, [stateDigest.data, browserDigest.data, at.milliseconds])
            guard let pending = try taken?.pendingAuthorization() else { return nil }
            try database.append([
                AuditEvent(
                    at: at, actor: try database.actor(ofSession: pending.sessionDigest), action: .authorizationAnswered,
                    tenant: pending.tenant, connection: pending.reauthorizing, subject: pending.subdomain)
            ])
            return pending
        }
    }

    package func pendingAuthorizations(of tenant: TenantID) async throws -> [PendingAuthorization] {
        try await read { database in
            try database.records(
                "SELECT * FROM pending_authorizations WHERE tenant = ? ORDER BY created_at DESC, position DESC",
                [tenant.text]
            ).map { try $0.pendingAuthorization() }
        }
    }

    package func sweepPendingAuthorizations(now: Date, forgetting: Date) async throws {
        try await write { database in
            let expired = try database.records(
                """
                UPDATE pending_authorizations SET sealed_verifier = x''
                WHERE expires_at <= ? AND length(sealed_verifier) > 0 RETURNING *
                """, [now.milliseconds]
            ).map { try $0.pendingAuthorization() }
            try database.append(
                expired.map {
                    AuditEvent(
                        at: now, actor: .system, action: .authorizationExpired, tenant: $0.tenant,
                        connection: $0.reauthorizing, subject: $0.subdomain)
                })
            // Only what has its entry: `forgetting` is never let past `now`.
            try database.execute(
                sql: "DELETE FROM pending_authorizations WHERE expires_at < ? AND length(sealed_verifier) = 0",
                arguments: [forgetting.milliseconds])
        }
    }
}

extension PendingAuthorization {
    fileprivate var columns: Database.Values {
        [
            "id": id.text,
            "state_digest": stateDigest.data,
            "browser_digest": browserDigest.data,
            "session_digest": sessionDigest.data,
            "tenant": tenant.text,
            "subdomain": subdomain,
            "permission_level": permissionLevel.rawValue,
            "sealed_verifier": sealedVerifier.data,
            "key_id": keyID,
            "return_url": returnURL,
            "reauthorizing": reauthorizing?.text,
            "created_at": createdAt.milliseconds,
            "expires_at": expiresAt.milliseconds,
        ]
    }
}

extension Record {
    fileprivate func pendingAuthorization() throws -> PendingAuthorization {
        PendingAuthorization(
            id: try identifier("id"), stateDigest: try bytes("state_digest"),
            browserDigest: try bytes("browser_digest"), sessionDigest: try bytes("session_digest"),
            tenant: try tenant(), subdomain: try text("subdomain"), permissionLevel: try word("permission_level"),
            sealedVerifier: try bytes("sealed_verifier"), keyID: try text("key_id"),
            returnURL: try optionalText("return_url"), reauthorizing: try optionalIdentifier("reauthorizing"),
            createdAt: try date("created_at"), expiresAt: try date("expires_at"))
    }
}
