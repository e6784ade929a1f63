package import FoundationEssentials
package import GatewayCore
package import Storage

extension TroubledStore {
    package func saveConnected(
        _ connection: Connection, credential: SealedCredential, replacing: UInt64?, queueing: PendingRevocation?,
        audit: [AuditEvent]
    ) async throws {
        try await meet(.saveConnected)
        try await inner.saveConnected(
            connection, credential: credential, replacing: replacing, queueing: queueing, audit: audit)
    }

    package func connection(_ id: ConnectionID) async throws -> Connection? { try await inner.connection(id) }

    package func liveConnection(tenant: TenantID, subdomain: String) async throws -> Connection? {
        try await inner.liveConnection(tenant: tenant, subdomain: subdomain)
    }

    package func connections(matching query: ConnectionQuery) async throws -> ConnectionPage {
        try await inner.connections(matching: query)
    }

    package func credential(of id: ConnectionID) async throws -> SealedCredential? {
        try await meet(.credential)
        return try await inner.credential(of: id)
    }

    @discardableResult
    package func setStatus(
        _ status: ConnectionStatus, reason: String?, of id: ConnectionID, generation: UInt64, at: Date,
        audit: AuditEvent
    ) async throws -> Bool {
        try await inner.setStatus(status, reason: reason, of: id, generation: generation, at: at, audit: audit)
    }

    @discardableResult
    package func eraseCredential(
        of id: ConnectionID, generation: UInt64?, reason: String?, queueing: PendingRevocation?, at: Date,
        audit: [AuditEvent]
    ) async throws -> Int64? {
        try await meet(.eraseCredential)
        return try await inner.eraseCredential(
            of: id, generation: generation, reason: reason, queueing: queueing, at: at, audit: audit)
    }

    package func insertPendingAuthorization(
        _ pending: PendingAuthorization, limit: Int, audit: AuditEvent
    ) async throws {
        try await inner.insertPendingAuthorization(pending, limit: limit, audit: audit)
    }

    package func consumePendingAuthorization(
        stateDigest: [UInt8], browserDigest: [UInt8], at: Date
    ) async throws -> PendingAuthorization? {
        try await meet(.consumePending)
        return try await inner.consumePendingAuthorization(
            stateDigest: stateDigest, browserDigest: browserDigest, at: at)
    }

    package func pendingAuthorizations(of tenant: TenantID) async throws -> [PendingAuthorization] {
        try await inner.pendingAuthorizations(of: tenant)
    }

    package func sweepPendingAuthorizations(now: Date, forgetting: Date) async throws {
        try await inner.sweepPendingAuthorizations(now: now, forgetting: forgetting)
    }
}
