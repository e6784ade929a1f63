package import FoundationEssentials
package import GatewayCore

package protocol APIKeyStore: Sendable {
    func insertAPIKey(_ key: APIKey, digest: [UInt8], audit: AuditEvent) async throws

    /// The key with this digest, revoked ones left out.
    func apiKey(digest: [UInt8]) async throws -> APIKey?

    /// Newest first, revoked ones included.
    func apiKeys() async throws -> [APIKey]

    /// False when there is no such key or it was revoked before.
    func revokeAPIKey(_ id: APIKeyID, at: Date, audit: AuditEvent) async throws -> Bool
}

/// What an API key may do. A closed list.
package enum APIScope: String, Sendable, CaseIterable {
    case connect = "connect"
    case connectionsRead = "connections:read"
    case connectionsWrite = "connections:write"
    case credentialsRead = "credentials:read"
    case proxy = "proxy"
    case preflight = "preflight"
    case syncRead = "sync:read"
    case syncWrite = "sync:write"
    case actions = "actions"
    case auditRead = "audit:read"
    case keysRotate = "keys:rotate"
}

package struct APIKey: Sendable, Equatable {
    package let id: APIKeyID
    package let name: String
    package let scopes: Set<APIScope>
    /// Nil: every tenant.
    package let tenant: TenantID?
    package let createdAt: Date
    package let revokedAt: Date?

    package init(
        id: APIKeyID, name: String, scopes: Set<APIScope>, tenant: TenantID?, createdAt: Date, revokedAt: Date?
    ) {
        self.id = id
        self.name = name
        self.scopes = scopes
        self.tenant = tenant
        self.createdAt = createdAt
        self.revokedAt = revokedAt
    }
}
