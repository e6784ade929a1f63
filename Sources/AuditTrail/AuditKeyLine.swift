/// The keys of a log in the order of their time. The entry that introduces a key is still signed by the one before it.
package struct AuditKeyLine: Sendable, Equatable {
    package private(set) var keys: [EvidenceKey]

    package init(_ keys: [EvidenceKey] = []) {
        self.keys = keys
    }

    mutating func add(_ key: EvidenceKey) { keys.append(key) }

    /// The one that signs a log of so many entries.
    package func rightful(at size: Int64) -> AuditPublicKey? { holder(at: size)?.key }

    package func holder(at size: Int64) -> EvidenceKey? { keys.last { $0.entry < size } ?? keys.first }

    /// The checkpoint, if one of the keys signed it, and whether it is the one that was in use then.
    package func open(_ note: String) throws(CheckpointFault) -> (checkpoint: Checkpoint, isRightful: Bool) {
        let (checkpoint, key) = try SignedNote.open(note, keys: keys.map(\.key))
        return (checkpoint, key == rightful(at: checkpoint.size))
    }

    /// Keys whose predecessor's last word is not among these sizes: without it they could be anybody's.
    package func unfounded(closedAt sizes: Set<Int64>) -> EvidenceKey? {
        keys.dropFirst().first { !sizes.contains($0.entry) }
    }
}
