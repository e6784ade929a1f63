package import GatewayCore
package import Storage

extension TroubledStore {
    package func append(_ events: [AuditEvent]) async throws {
        try await meet(.append)
        try await inner.append(events)
    }

    package func auditEntries(after index: Int64, limit: Int) async throws -> [AuditEntry] {
        try await inner.auditEntries(after: index, limit: limit)
    }

    package func auditTreeHead() async throws -> AuditTreeHead { try await inner.auditTreeHead() }

    package func auditRoot(at size: Int64) async throws -> [UInt8]? { try await inner.auditRoot(at: size) }

    package func auditInclusionProof(of index: Int64, size: Int64) async throws -> [[UInt8]]? {
        try await inner.auditInclusionProof(of: index, size: size)
    }

    package func auditConsistencyProof(from old: Int64, to new: Int64) async throws -> [[UInt8]]? {
        try await inner.auditConsistencyProof(from: old, to: new)
    }

    package func readAuditTree(
        rootsAt sizes: Set<Int64>, report: @escaping @Sendable (Int64) -> Void
    ) async throws -> AuditReading {
        try await inner.readAuditTree(rootsAt: sizes, report: report)
    }

    package func connectionBehindLog() async throws -> ConnectionBehindLog? { try await inner.connectionBehindLog() }

    package func auditKeys() async throws -> [StoredAuditKey] { try await inner.auditKeys() }

    package func insertFirstAuditKey(_ key: StoredAuditKey, audit: AuditEvent) async throws {
        try await inner.insertFirstAuditKey(key, audit: audit)
    }

    package func replaceAuditKey(
        _ retiring: String, with new: StoredAuditKey, audit: AuditEvent,
        closing: @escaping @Sendable (AuditTreeHead) throws -> StoredAuditCheckpoint
    ) async throws {
        try await inner.replaceAuditKey(retiring, with: new, audit: audit, closing: closing)
    }

    package func insertAuditCheckpoint(_ checkpoint: StoredAuditCheckpoint) async throws {
        try await inner.insertAuditCheckpoint(checkpoint)
    }

    package func newestAuditCheckpoint() async throws -> StoredAuditCheckpoint? {
        try await inner.newestAuditCheckpoint()
    }

    package func auditCheckpoints() async throws -> [StoredAuditCheckpoint] { try await inner.auditCheckpoints() }
}
