package import FoundationEssentials
package import GatewayCore
import GRDB
package import Storage

extension SQLiteStore {
    package func insertAPIKey(_ key: APIKey, digest: [UInt8], audit: AuditEvent) async throws {
        try await write { database in
            try database.insert(
                into: "api_keys",
                [
                    "id": key.id.text,
                    "digest": digest.data,
                    "name": key.name,
                    "scopes": key.scopes.spaced,
                    "tenant": key.tenant?.text,
                    "created_at": key.createdAt.milliseconds,
                    "revoked_at": key.revokedAt?.milliseconds,
                ])
            try database.append([audit])
        }
    }

    package func apiKey(digest: [UInt8]) async throws -> APIKey? {
        try await read { database in
            try database.record("SELECT * FROM api_keys WHERE digest = ? AND revoked_at IS NULL", [digest.data])?
                .apiKey()
        }
    }

    package func apiKeys() async throws -> [APIKey] {
        try await read { database in
            try database.records("SELECT * FROM api_keys ORDER BY created_at DESC, position DESC")
                .map { try $0.apiKey() }
        }
    }

    package func revokeAPIKey(_ id: APIKeyID, at: Date, audit: AuditEvent) async throws -> Bool {
        try await write { database in
            let revoked = try database.change(
                "UPDATE api_keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL", [at.milliseconds, id.text])
            guard revoked == 1 else { return false }
            try database.append([audit])
            return true
        }
    }
}

extension Record {
    fileprivate func apiKey() throws -> APIKey {
        APIKey(
            id: try identifier("id"), name: try text("name"), scopes: Set(try words("scopes")),
            tenant: try optionalText("tenant").map { try required(TenantID($0)) }, createdAt: try date("created_at"),
            revokedAt: try optionalDate("revoked_at"))
    }
}
