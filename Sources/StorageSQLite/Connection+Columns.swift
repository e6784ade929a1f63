import FoundationEssentials
import GRDB
import GatewayCore

extension Connection {
    /// Written once, with placeholders for what `changingColumns` sets in the same transaction.
    var identityColumns: Database.Values {
        [
            "id": id.text, "tenant": tenant.text, "subdomain": subdomain, "created_at": createdAt.milliseconds,
            "permission_level": "", "granted_scopes": "", "status": status.rawValue, "person_id": 0,
            "person_name": "", "person_role": "", "updated_at": 0, "generation": 0, "sync_state": "",
        ]
    }

    var changingColumns: Database.Values {
        [
            "permission_level": permissionLevel.rawValue,
            "granted_scopes": grantedScopes.text,
            "status": status.rawValue,
            "status_reason": statusReason,
            "person_id": connectedBy.id,
            "person_name": connectedBy.name,
            "person_email": connectedBy.email,
            "person_role": connectedBy.role,
            "account_fingerprint": accountFingerprint,
            "updated_at": updatedAt.milliseconds,
            "generation": generation.stored,
            "access_token_expires_at": accessTokenExpiresAt?.milliseconds,
            "refresh_token_expires_at": refreshTokenExpiresAt?.milliseconds,
            "preflight_verdict": preflight?.verdict.rawValue,
            "preflight_checked_at": preflight?.checkedAt.milliseconds,
            "sync_state": sync.state.rawValue,
            "sync_last_completed_at": sync.lastCompletedAt?.milliseconds,
        ]
    }
}

extension Record {
    func connection() throws -> Connection {
        Connection(
            id: try identifier("id"), tenant: try tenant(), subdomain: try text("subdomain"),
            permissionLevel: try word("permission_level"), grantedScopes: ScopeSet(parsing: try text("granted_scopes")),
            status: try word("status"), statusReason: try optionalText("status_reason"),
            connectedBy: ZendeskPerson(
                id: try integer("person_id"), name: try text("person_name"), email: try optionalText("person_email"),
                role: try text("person_role")),
            accountFingerprint: try optionalText("account_fingerprint"), createdAt: try date("created_at"),
            updatedAt: try date("updated_at"), generation: UInt64(bitPattern: try integer("generation")),
            accessTokenExpiresAt: try optionalDate("access_token_expires_at"),
            refreshTokenExpiresAt: try optionalDate("refresh_token_expires_at"), preflight: try preflightSummary(),
            sync: SyncProgress(
                state: try word("sync_state"), lastCompletedAt: try optionalDate("sync_last_completed_at")))
    }

    private func preflightSummary() throws -> PreflightSummary? {
        guard let checkedAt = try optionalDate("preflight_checked_at") else { return nil }
        return PreflightSummary(verdict: try word("preflight_verdict"), checkedAt: checkedAt)
    }
}
