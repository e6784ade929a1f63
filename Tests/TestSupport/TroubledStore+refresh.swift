package import FoundationEssentials
package import GatewayCore
package import Storage

extension TroubledStore {
    package func beginRefresh(
        of connection: ConnectionID, generation: UInt64, by holder: RefreshHolder, audit: AuditEvent
    ) async throws -> RefreshTurn {
        try await meet(.beginRefresh)
        return try await inner.beginRefresh(of: connection, generation: generation, by: holder, audit: audit)
    }

    package func takeOverRefresh(
        _ entry: RefreshEntry, by holder: RefreshHolder, endedBy at: Date, horizon: Date
    ) async throws -> RefreshEntry? {
        try await meet(.takeOverRefresh)
        return try await inner.takeOverRefresh(entry, by: holder, endedBy: at, horizon: horizon)
    }

    package func noteRefresh(
        _ entry: RefreshEntry, _ step: RefreshStep, audit: [AuditEvent]
    ) async throws -> RefreshEntry? {
        try await meet(.noteRefresh)
        return try await inner.noteRefresh(entry, step, audit: audit)
    }

    package func replaceCredential(
        _ renewal: CredentialRenewal, audit: [AuditEvent], recovery: AuditEvent?
    ) async throws {
        try await meet(.replaceCredential)
        try await inner.replaceCredential(renewal, audit: audit, recovery: recovery)
        try part(.replaceCredential)
    }

    package func refreshState(of connection: ConnectionID) async throws -> RefreshState? {
        try await meet(.refreshState)
        return try await inner.refreshState(of: connection)
    }

    package func lastRefresh(of connection: ConnectionID) async throws -> RefreshEntry? {
        try await inner.lastRefresh(of: connection)
    }

    package func claimDueRefreshes(at: Date, until: Date, limit: Int) async throws -> [ConnectionID] {
        try await inner.claimDueRefreshes(at: at, until: until, limit: limit)
    }

    package func planRefreshes(_ plans: [RefreshPlan]) async throws { try await inner.planRefreshes(plans) }

    package func setTokenEnds(
        of connection: ConnectionID, generation: UInt64, accessToken: Date?, refreshToken: Date?, due: Date
    ) async throws {
        try await inner.setTokenEnds(
            of: connection, generation: generation, accessToken: accessToken, refreshToken: refreshToken, due: due)
    }

    package func nextRefreshDue() async throws -> Date? { try await inner.nextRefreshDue() }

    package func dueRefreshCount(at: Date) async throws -> Int { try await inner.dueRefreshCount(at: at) }
}
