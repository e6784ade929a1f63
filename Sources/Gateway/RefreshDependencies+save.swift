import FoundationEssentials
import GatewayCore
import Storage

/// What the log is told of a renewal. Whether the connection was well until then, only the store can say.
struct RenewalAudit: Sendable {
    let refreshed: AuditEvent
    let recovered: AuditEvent

    init(_ renewal: CredentialRenewal, of connection: Connection, by actor: AuditActor, at now: Date) {
        refreshed = AuditEvent(
            at: now, actor: actor, action: .tokensRefreshed, tenant: connection.tenant, connection: connection.id,
            subject: connection.subdomain, generation: renewal.credential.generation,
            keyID: renewal.credential.keyID)
        recovered = AuditEvent(
            at: now, actor: actor, action: .connectionRecovered, tenant: connection.tenant,
            connection: connection.id, subject: connection.subdomain, generation: renewal.replaces)
    }
}

extension RefreshDependencies {
    /// Saves new tokens, sealed anew where the data keys were rotated since they were sealed: they exist nowhere else, so
    /// no rotation may keep them from being saved. Then whoever waits for them is woken.
    func save(_ renewal: CredentialRenewal, audit: RenewalAudit) async throws {
        var renewal = renewal
        var isFirst = true
        try await credentials.keeping {
            if !isFirst { renewal.credential = try await resealed(renewal.credential) }
            isFirst = false
            try await store.replaceCredential(renewal, audit: [audit.refreshed], recovery: audit.recovered)
        }
        announce(renewal.credential.connection)
    }

    /// For tokens that were found in the spill: whose they are is known by their connection alone.
    func auditOfFound(_ renewal: CredentialRenewal) async throws -> RenewalAudit {
        guard let connection = try await store.connection(renewal.credential.connection) else {
            throw StorageError.conflict
        }
        return RenewalAudit(renewal, of: connection, by: .system, at: clock.now)
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
