import AuditTrail
package import Storage

/// Shows that an entry is in the log that a checkpoint signs.
package struct AuditInclusion: Sendable {
    package let index: Int64
    package let size: Int64
    package let leafHash: [UInt8]
    package let root: [UInt8]
    package let hashes: [[UInt8]]
}

/// Shows that one log is the beginning of another.
package struct AuditConsistency: Sendable {
    package let from: Int64
    package let to: Int64
    package let fromRoot: [UInt8]
    package let toRoot: [UInt8]
    package let hashes: [[UInt8]]
}

extension AuditLog {
    /// What the tree has for an entry.
    package static func leafHash(of entry: AuditEntry) -> [UInt8] {
        AuditRecord(index: entry.index, event: entry.event).leafHash.octets
    }

    /// Nil when the entry is not among the first `size`, or there are not as many.
    package func inclusion(of index: Int64, size: Int64) async throws -> AuditInclusion? {
        guard let hashes = try await store.auditInclusionProof(of: index, size: size),
            let root = try await store.auditRoot(at: size),
            let entry = try await store.auditEntries(after: index - 1, limit: 1).first
        else { return nil }
        return AuditInclusion(index: index, size: size, leafHash: Self.leafHash(of: entry), root: root, hashes: hashes)
    }

    /// Nil when there are not as many entries, or `old` is the larger one.
    package func consistency(from old: Int64, to new: Int64) async throws -> AuditConsistency? {
        guard let hashes = try await store.auditConsistencyProof(from: old, to: new),
            let fromRoot = try await store.auditRoot(at: old), let toRoot = try await store.auditRoot(at: new)
        else { return nil }
        return AuditConsistency(from: old, to: new, fromRoot: fromRoot, toRoot: toRoot, hashes: hashes)
    }
}
