package import GatewayCore

package protocol AuditLogStore: Sendable {
    /// For what changes nothing else: a refusal, a start, an exchange that failed.
    func append(_ events: [AuditEvent]) async throws

    /// Entries with a larger index, oldest first.
    func auditEntries(after index: Int64, limit: Int) async throws -> [AuditEntry]
}

package struct AuditEntry: Sendable, Equatable {
    /// Starts at 1 and has no gaps.
    package let index: Int64
    package let event: AuditEvent

    package init(index: Int64, event: AuditEvent) {
        self.index = index
        self.event = event
    }
}
