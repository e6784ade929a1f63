import FoundationEssentials
import GatewayCore

/// An audit key and the entry that introduces it.
package struct EvidenceKey: Sendable, Equatable {
    package let id: String
    package let key: AuditPublicKey
    package let entry: Int64

    package init(id: String, key: AuditPublicKey, entry: Int64) {
        self.id = id
        self.key = key
        self.entry = entry
    }

    package static func isIntroduction(_ record: AuditRecord) -> Bool {
        record.action == AuditAction.auditKeyCreated.rawValue || record.action == AuditAction.auditKeyReplaced.rawValue
    }

    /// The key that an entry introduces, or nil when it introduces none.
    package init?(introducedBy record: AuditRecord) {
        guard Self.isIntroduction(record) else { return nil }
        self.init(introduction: record.subject ?? "", entry: record.index)
    }

    /// `ak-1 BASE64URL`, as the subject of the entry has it.
    package init?(introduction: String, entry: Int64) {
        let words = introduction.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 2, words[1].count == 43 else { return nil }
        let base64 = String(words[1].map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 }) + "="
        guard let octets = Data(base64Encoded: base64), let key = AuditPublicKey(Array(octets)) else { return nil }
        self.init(id: String(words[0]), key: key, entry: entry)
    }
}

/// The lines of an archive, one kind after the other in this order.
enum EvidenceKind: CaseIterable {
    case archive, auditKey, checkpoint, entry, consistency, dataKey, summary, seal

    var opening: StaticString {
        switch self {
        case .archive: #"{"archive":"#
        case .auditKey: #"{"audit_key":"#
        case .checkpoint: #"{"checkpoint":"#
        case .entry: #"{"entry":"#
        case .consistency: #"{"consistency":"#
        case .dataKey: #"{"data_key":"#
        case .summary: #"{"summary":"#
        case .seal: #"{"seal":"#
        }
    }

    static func isAny(_ line: [UInt8]) -> Bool {
        allCases.contains { kind in
            var scanner = EvidenceScanner(line)
            return scanner.take(kind.opening)
        }
    }
}

extension EvidenceText {
    mutating func archive(origin: String, size: Int64, root: TreeHash) {
        raw(#"{"archive":{"format":1,"origin":"#)
        text(origin)
        raw(#","size":"#)
        number(size)
        raw(#","root":"#)
        hash(root)
        raw("}}")
    }

    mutating func auditKey(_ key: EvidenceKey) {
        raw(#"{"audit_key":{"id":"#)
        text(key.id)
        raw(#","public_key":"#)
        text(Data(key.key.octets).base64EncodedString())
        raw(#","entry":"#)
        number(key.entry)
        raw("}}")
    }

    mutating func checkpoint(_ note: String) {
        raw(#"{"checkpoint":"#)
        text(note)
        raw("}")
    }

    mutating func entry(_ record: AuditRecord, hash: TreeHash) {
        raw(#"{"entry":{"index":"#)
        number(record.index)
        raw(#","at":"#)
        number(record.at)
        raw(#","actor_kind":"#)
        text(record.actorKind)
        raw(#","actor_id":"#)
        optional(record.actorID)
        raw(#","action":"#)
        text(record.action)
        raw(#","outcome":"#)
        text(record.outcome)
        raw(#","outcome_code":"#)
        optional(record.outcomeCode)
        raw(#","tenant":"#)
        optional(record.tenant)
        raw(#","connection":"#)
        optional(record.connection)
        raw(#","subject":"#)
        optional(record.subject)
        raw(#","generation":"#)
        optional(record.generation)
        raw(#","key_id":"#)
        optional(record.keyID)
        raw(#","hash":"#)
        self.hash(hash)
        raw("}}")
    }

    mutating func consistency(_ proof: ConsistencyProof) {
        raw(#"{"consistency":{"from":"#)
        number(proof.old)
        raw(#","to":"#)
        number(proof.new)
        raw(#","hashes":"#)
        texts(proof.hashes.map(\.base64))
        raw("}}")
    }

    mutating func dataKey(_ key: CountedDataKey) {
        raw(#"{"data_key":{"entry":"#)
        number(key.entry)
        raw(#","id":"#)
        text(key.id)
        raw(#","state":"#)
        text(key.state)
        raw(#","records":"#)
        number(key.records)
        raw(#","created":"#)
        optional(key.created)
        raw(#","activated":"#)
        optional(key.activated)
        raw(#","retired":"#)
        optional(key.retired)
        raw(#","destroyed":"#)
        optional(key.destroyed)
        raw("}}")
    }

    mutating func summary(_ summary: EvidenceSummary) {
        raw(#"{"summary":{"configuration":"#)
        optional(summary.configuration)
        raw(#","rotations":"#)
        numbers(summary.rotations)
        raw(#","proofs":"#)
        numbers(summary.proofs)
        raw(#","failures":"#)
        numbers(summary.failures)
        raw("}}")
    }

    mutating func seal(_ note: String) {
        raw(#"{"seal":"#)
        text(note)
        raw("}")
    }

    private mutating func hash(_ hash: TreeHash) { text(hash.base64) }
}

extension TreeHash {
    var base64: String { Data(octets).base64EncodedString() }

    init?(base64 text: String) {
        guard let octets = Data(base64Encoded: text), let hash = TreeHash(octets), hash.base64 == text else {
            return nil
        }
        self = hash
    }
}

/// What the last line's signature is about: all octets before it.
enum EvidenceSeal {
    static func text(origin: String, size: Int64, digest: TreeHash) -> String {
        "latchkey evidence 1\n\(origin)\n\(size)\n\(digest.base64)\n"
    }
}
