import Crypto

/// Writes an evidence archive line by line, in the order of `EvidenceKind`; whoever calls it has the parts.
package struct EvidenceWriter {
    private let origin: String
    private let size: Int64
    private let write: ([UInt8]) throws -> Void
    private var line = EvidenceText()
    private var digest = SHA256()
    private var leaf = AuditLeaf()

    /// Writes the first line.
    package init(origin: String, size: Int64, root: TreeHash, write: @escaping ([UInt8]) throws -> Void) throws {
        self.origin = origin
        self.size = size
        self.write = write
        try put { $0.archive(origin: origin, size: size, root: root) }
    }

    package mutating func add(_ key: EvidenceKey) throws {
        try put { $0.auditKey(key) }
    }

    package mutating func add(checkpoint note: String) throws {
        try put { $0.checkpoint(note) }
    }

    package mutating func add(_ record: AuditRecord) throws {
        leaf.write(record)
        let hash = leaf.hash
        try put { $0.entry(record, hash: hash) }
    }

    package mutating func add(_ proof: ConsistencyProof) throws {
        try put { $0.consistency(proof) }
    }

    package mutating func add(_ summary: EvidenceSummary) throws {
        for key in summary.dataKeys { try put { $0.dataKey(key) } }
        try put { $0.summary(summary) }
    }

    /// The last line.
    package mutating func seal(by key: AuditSigningKey) throws {
        let text = EvidenceSeal.text(origin: origin, size: size, digest: TreeHash(digest.finalize()))
        let note = try SignedNote.make(text: text, name: origin, key: key)
        try put { $0.seal(note) }
    }

    private mutating func put(_ fill: (inout EvidenceText) -> Void) throws {
        line.clear()
        fill(&line)
        line.raw("\n")
        digest.update(data: line.octets)
        try write(line.octets)
    }
}
