import GatewayCore
import Storage

extension RefreshDependencies {
    /// Saves new tokens, sealed anew where the data keys were rotated since they were sealed: they exist nowhere else, so
    /// no rotation may keep them from being saved.
    func save(_ renewal: CredentialRenewal, audit: [AuditEvent]) async throws {
        var renewal = renewal
        var isFirst = true
        try await credentials.keeping {
            if !isFirst { renewal.credential = try await resealed(renewal.credential) }
            isFirst = false
            try await store.replaceCredential(renewal, audit: audit)
        }
    }

    /// True when the store holds exactly these tokens: another process found them in the spill, or a commit took effect
    /// although its answer was lost. Such tokens live and must not be revoked. Throws where the store does not say, and then
    /// they must not be revoked either.
    func hasKept(_ renewal: CredentialRenewal) async throws -> Bool {
        let mine = renewal.credential
        guard let stored = try await store.credential(of: mine.connection), stored.generation == mine.generation,
            let connection = try await store.connection(mine.connection)
        else { return false }
        let place = CredentialVault.Place(
            tenant: connection.tenant, subdomain: connection.subdomain, generation: mine.generation)
        guard let here = try? credentials.openAccessToken(mine, place: place),
            let there = try? credentials.openAccessToken(stored, place: place)
        else { return stored == mine }
        return here.equalsInConstantTime(there)
    }

    private func resealed(_ credential: SealedCredential) async throws -> SealedCredential {
        guard let connection = try await store.connection(credential.connection) else { throw StorageError.conflict }
        let place = CredentialVault.Place(
            tenant: connection.tenant, subdomain: connection.subdomain, generation: credential.generation)
        return try credentials.resealed(credential, place: place)
    }
}
