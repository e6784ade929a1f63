package import FoundationEssentials
package import GatewayCore
package import Storage

extension TroubledStore {
    package func openEmergency() async throws -> AuditEntry? { try await inner.openEmergency() }

    package func lastDoubt() async throws -> Date? { try await inner.lastDoubt() }

    package func keyringVersion() async throws -> Int64 { try await inner.keyringVersion() }

    package func insertDataKey(_ key: StoredDataKey, audit: AuditEvent) async throws {
        try await meet(.insertDataKey)
        try await inner.insertDataKey(key, audit: audit)
    }

    package func changeDataKey(
        _ id: String, _ step: DataKeyStep, at: Date, audit: AuditEvent
    ) async throws -> DataKeyRefusal? {
        try await inner.changeDataKey(id, step, at: at, audit: audit)
    }

    package func reserveSeals(_ count: Int64, of id: String) async throws -> Int64? {
        try await inner.reserveSeals(count, of: id)
    }

    package func noteServing(_ seconds: Int64, of id: String) async throws {
        try await inner.noteServing(seconds, of: id)
    }

    package func oldestOpeningKey() async throws -> String? {
        try await meet(.oldestOpeningKey)
        return try await inner.oldestOpeningKey()
    }

    package func setOldestOpeningKey(_ id: String?, audit: AuditEvent) async throws -> DataKeyRefusal? {
        try await inner.setOldestOpeningKey(id, audit: audit)
    }

    package func releaseReseal(_ id: Int64, holder: String, at: Date) async throws {
        try await inner.releaseReseal(id, holder: holder, at: at)
    }

    package func rolledBackConnections() async throws -> [ConnectionID] {
        try await inner.rolledBackConnections()
    }

    package func rotationProofs(limit: Int) async throws -> [AuditEntry] {
        try await inner.rotationProofs(limit: limit)
    }

    package func rootKeyInUse() async throws -> StoredRootKey? { try await inner.rootKeyInUse() }

    package func replaceRootKey(_ change: RootKeyChange, audit: AuditEvent) async throws {
        try await meet(.replaceRootKey)
        try await inner.replaceRootKey(change, audit: audit)
    }

    package func heartbeat(_ node: GatewayNode) async throws { try await inner.heartbeat(node) }

    package func nodes(seenSince: Date) async throws -> [GatewayNode] { try await inner.nodes(seenSince: seenSince) }

    package func removeNode(_ id: String) async throws { try await inner.removeNode(id) }

    package func sealedRows(
        of table: SealedTable, notUnder keyID: String?, after row: String, limit: Int
    ) async throws -> [SealedRow] {
        try await inner.sealedRows(of: table, notUnder: keyID, after: row, limit: limit)
    }

    package func sealedRowCounts() async throws -> [SealedTable: [String: Int]] { try await inner.sealedRowCounts() }

    package func beginReseal(_ start: ResealStart, audit: AuditEvent) async throws -> ResealRun {
        try await inner.beginReseal(start, audit: audit)
    }

    package func advanceReseal(_ step: ResealStep) async throws -> ResealRun {
        try await meet(.advanceReseal)
        return try await inner.advanceReseal(step)
    }

    package func finishReseal(_ id: Int64, holder: String, at: Date, audit: AuditEvent) async throws -> ResealRun {
        try await inner.finishReseal(id, holder: holder, at: at, audit: audit)
    }

    package func steerReseal(_ steering: ResealSteering, at: Date, audit: AuditEvent?) async throws -> ResealRun? {
        try await inner.steerReseal(steering, at: at, audit: audit)
    }

    package func latestReseal() async throws -> ResealRun? { try await inner.latestReseal() }

    package func purgeRemnants() async throws -> Bool { try await inner.purgeRemnants() }

    package func hasRemnants() async throws -> Bool { try await inner.hasRemnants() }
}
