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

    private func resealed(_ credential: SealedCredential) async throws -> SealedCredential {
        guard let connection = try await store.connection(credential.connection) else { throw StorageError.conflict }
        let place = CredentialVault.Place(
            tenant: connection.tenant, subdomain: connection.subdomain, generation: credential.generation)
        return try credentials.resealed(credential, place: place)
    }
}
