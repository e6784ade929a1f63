/// The octets of an entry that go into the tree, in one way only (docs/audit-log.md).
///
/// Every field has its length or its presence in front, so that no two entries have the same octets. Reused for entry after
/// entry: writing begins anew and keeps the memory.
package struct AuditLeaf: Sendable {
    /// Format 1 of a leaf.
    private static let magic: [UInt8] = Array("LKA1".utf8)

    /// Behind RFC 9162's mark of a leaf.
    private var marked: [UInt8] = []

    package init() {
        marked.reserveCapacity(512)
    }

    package var octets: [UInt8] { Array(marked.dropFirst()) }

    package var hash: TreeHash { TreeHash(markedLeaf: marked) }

    package mutating func write(_ record: AuditRecord) {
        begin(index: record.index, at: record.at)
        add(record.actorKind)
        addOptional(record.actorID)
        add(record.action)
        add(record.outcome)
        addOptional(record.outcomeCode)
        addOptional(record.tenant)
        addOptional(record.connection)
        addOptional(record.subject)
        add(record.generation)
        addOptional(record.keyID)
    }

    package mutating func begin(index: Int64, at: Int64) {
        marked.removeAll(keepingCapacity: true)
        marked.append(0)
        marked.append(contentsOf: Self.magic)
        add(number: UInt64(bitPattern: index))
        add(number: UInt64(bitPattern: at))
    }

    package mutating func add(_ text: String) {
        var text = text
        text.withUTF8 { unsafe add(text: UnsafeRawBufferPointer($0)) }
    }

    package mutating func addOptional(_ text: String?) {
        guard let text else { return addNothing() }
        marked.append(1)
        add(text)
    }

    package mutating func add(_ generation: UInt64?) {
        guard let generation else { return addNothing() }
        marked.append(1)
        add(number: generation)
    }

    package mutating func addNothing() {
        marked.append(0)
    }

    package mutating func addPresence() {
        marked.append(1)
    }

    /// UTF-8 as the database has it.
    package mutating func add(text: UnsafeRawBufferPointer) {
        let count = UInt32(truncatingIfNeeded: text.count)
        unsafe withUnsafeBytes(of: count.bigEndian) { unsafe marked.append(contentsOf: $0) }
        unsafe marked.append(contentsOf: text)
    }

    private mutating func add(number: UInt64) {
        unsafe withUnsafeBytes(of: number.bigEndian) { unsafe marked.append(contentsOf: $0) }
    }
}
