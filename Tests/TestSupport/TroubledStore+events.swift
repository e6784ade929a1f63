package import FoundationEssentials
package import GatewayCore
package import Storage

extension TroubledStore {
    package func queueRevocation(_ revocation: PendingRevocation, audit: AuditEvent) async throws {
        try await meet(.queueRevocation)
        try await inner.queueRevocation(revocation, audit: audit)
    }

    package func dueRevocations(at: Date, limit: Int) async throws -> [PendingRevocation] {
        try await inner.dueRevocations(at: at, limit: limit)
    }

    package func pendingRevocations(of connection: ConnectionID) async throws -> [PendingRevocation] {
        try await inner.pendingRevocations(of: connection)
    }

    package func pendingRevocations(ofAny connections: [ConnectionID]) async throws -> [PendingRevocation] {
        try await inner.pendingRevocations(ofAny: connections)
    }

    package func pendingRevocationCount() async throws -> Int { try await inner.pendingRevocationCount() }

    package func recordRevocationAttempt(_ attempt: RevocationAttempt, of id: RevocationID) async throws {
        try await inner.recordRevocationAttempt(attempt, of: id)
    }

    package func settleRevocation(
        _ id: RevocationID, reason: String?, at: Date, audit: AuditEvent
    ) async throws -> Bool {
        try await inner.settleRevocation(id, reason: reason, at: at, audit: audit)
    }

    package func insertWebhookEndpoint(
        _ endpoint: WebhookEndpoint, cursor: Int64, audit: AuditEvent
    ) async throws {
        try await inner.insertWebhookEndpoint(endpoint, cursor: cursor, audit: audit)
    }

    package func webhookEndpoints() async throws -> [WebhookEndpoint] { try await inner.webhookEndpoints() }

    package func removeWebhookEndpoint(_ id: WebhookEndpointID, audit: AuditEvent) async throws -> Bool {
        try await inner.removeWebhookEndpoint(id, audit: audit)
    }

    package func webhookProgress(of name: String) async throws -> WebhookProgress? {
        try await inner.webhookProgress(of: name)
    }

    package func webhookProgress(of name: String, beginningAt cursor: Int64) async throws -> WebhookProgress {
        try await inner.webhookProgress(of: name, beginningAt: cursor)
    }

    package func webhookProgress() async throws -> [WebhookProgress] { try await inner.webhookProgress() }

    package func advanceWebhook(
        _ progress: WebhookProgress, to cursor: Int64, deliveredAt: Date?
    ) async throws -> Bool {
        try await inner.advanceWebhook(progress, to: cursor, deliveredAt: deliveredAt)
    }

    package func recordWebhookFailure(
        _ failure: WebhookFailure, of progress: WebhookProgress, disabling: AuditEvent?
    ) async throws -> Bool {
        try await inner.recordWebhookFailure(failure, of: progress, disabling: disabling)
    }

    package func replayWebhook(_ name: String, after cursor: Int64, audit: AuditEvent) async throws -> Bool {
        try await inner.replayWebhook(name, after: cursor, audit: audit)
    }

    package func auditEntries(
        after index: Int64, actions: [AuditAction], tenant: TenantID?, limit: Int
    ) async throws -> AuditPassage {
        try await inner.auditEntries(after: index, actions: actions, tenant: tenant, limit: limit)
    }

    package func lastAuditIndex() async throws -> Int64 { try await inner.lastAuditIndex() }

    package func connectionHorizons(
        from last: ConnectionHorizon?, after: Date, before: Date, limit: Int
    ) async throws -> [ConnectionHorizon] {
        try await inner.connectionHorizons(from: last, after: after, before: before, limit: limit)
    }

    package func connectionHorizons(of ids: [ConnectionID]) async throws -> [ConnectionHorizon] {
        try await inner.connectionHorizons(of: ids)
    }

    package func connectionHorizon(of id: ConnectionID) async throws -> ConnectionHorizon? {
        try await inner.connectionHorizon(of: id)
    }

    package func recordExpiryWarning(
        of id: ConnectionID, generation: UInt64, secondsLeft: Int, audit: AuditEvent
    ) async throws -> Bool {
        try await inner.recordExpiryWarning(of: id, generation: generation, secondsLeft: secondsLeft, audit: audit)
    }

    package func connectionCounts() async throws -> [ConnectionStatus: Int] { try await inner.connectionCounts() }

    package func nearestHorizon() async throws -> Date? { try await inner.nearestHorizon() }

    package func connectionsUnchanged(sinceLast action: AuditAction) async throws -> Int? {
        try await inner.connectionsUnchanged(sinceLast: action)
    }
}
