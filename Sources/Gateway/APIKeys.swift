import FoundationEssentials
package import GatewayCore
package import Storage

/// Keys for programs: made once, shown once, stored as a digest.
package struct APIKeys: Sendable {
    let store: any GatewayStore
    let clock: any WallClock
    let random: any RandomSource

    package init(store: any GatewayStore, clock: any WallClock, random: any RandomSource) {
        self.store = store
        self.clock = clock
        self.random = random
    }

    package func create(
        name: String, scopes: Set<APIScope>, tenant: TenantID?, actor: AuditActor
    ) async throws -> (key: APIKey, token: BearerToken) {
        let token = BearerToken(.apiKey, random: random)
        let key = APIKey(
            id: APIKeyID(random: random), name: name, scopes: scopes, tenant: tenant, createdAt: clock.now,
            revokedAt: nil)
        try await store.insertAPIKey(
            key, digest: token.digest,
            audit: AuditEvent(
                at: clock.now, actor: actor, action: .apiKeyCreated, tenant: tenant, subject: key.id.text))
        return (key, token)
    }

    /// The key behind what a program presents, or nil.
    package func authenticate(_ presented: String) async throws -> APIKey? {
        guard let token = BearerToken(.apiKey, presented: presented) else { return nil }
        return try await authenticate(token)
    }

    package func authenticate(_ token: BearerToken) async throws -> APIKey? {
        try await store.apiKey(digest: token.digest)
    }

    package func all() async throws -> [APIKey] {
        try await store.apiKeys()
    }

    /// False when there is no such key or it was revoked before.
    package func revoke(_ id: APIKeyID, actor: AuditActor) async throws -> Bool {
        try await store.revokeAPIKey(
            id, at: clock.now,
            audit: AuditEvent(at: clock.now, actor: actor, action: .apiKeyRevoked, subject: id.text))
    }
}
