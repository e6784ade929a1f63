/// The octets of an entry that go into the tree, in one way only (docs/audit-log.md).
///
/// Every field has its length or its presence in front, so that no two entries have the same octets. Reused for entry after
/// entry: writing begins anew and keeps the memory.
package struct AuditLeaf: Sendable {
    /// Format 1 of a leaf.
    private static let magic: [UInt8] = Array("LKA1".utf8)

    /// Behind RFC 9162's mark of a leaf; only the first `count` octets mean something.
    private var marked = [UInt8](repeating: 0, count: 512)
    private var count = 1

    package init() {}

    package var octets: [UInt8] { Array(marked[1..<count]) }

    package var hash: TreeHash {
        unsafe marked.withUnsafeBytes { unsafe TreeHash(markedLeaf: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }

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
        count = 1
        unsafe Self.magic.withUnsafeBytes { unsafe add(raw: $0) }
        add(number: UInt64(bitPattern: index))
        add(number: UInt64(bitPattern: at))
    }

    package mutating func add(_ text: String) {
        var text = text
        text.withUTF8 { unsafe add(text: UnsafeRawBufferPointer($0)) }
    }

    package mutating func addOptional(_ text: String?) {
        guard let text else { return addNothing() }
        addPresence()
        add(text)
    }

    package mutating func add(_ generation: UInt64?) {
        guard let generation else { return addNothing() }
        addPresence()
        add(number: generation)
    }

    package mutating func addNothing() { add(octet: 0) }

    package mutating func addPresence() { add(octet: 1) }

    /// UTF-8 as the database has it.
    package mutating func add(text: UnsafeRawBufferPointer) {
        let length = UInt32(truncatingIfNeeded: text.count).bigEndian
        makeRoom(for: 4 + text.count)
        let start = count
        unsafe marked.withUnsafeMutableBytes { octets in
            unsafe octets.storeBytes(of: length, toByteOffset: start, as: UInt32.self)
            unsafe UnsafeMutableRawBufferPointer(rebasing: octets[(start + 4)...]).copyMemory(from: text)
        }
        count += 4 + text.count
    }

    private mutating func add(raw octets: UnsafeRawBufferPointer) {
        makeRoom(for: octets.count)
        let start = count
        unsafe marked.withUnsafeMutableBytes { marked in
            unsafe UnsafeMutableRawBufferPointer(rebasing: marked[start...]).copyMemory(from: octets)
        }
        count += octets.count
    }

    private mutating func add(number: UInt64) {
        makeRoom(for: 8)
        let start = count
        unsafe marked.withUnsafeMutableBytes {
            unsafe $0.storeBytes(of: number.bigEndian, toByteOffset: start, as: UInt64.self)
        }
        count += 8
    }

    private mutating func add(octet: UInt8) {
        makeRoom(for: 1)
        marked[count] = octet
        count += 1
    }

    private mutating func makeRoom(for more: Int) {
        while marked.count < count + more { marked.append(contentsOf: repeatElement(0, count: marked.count)) }
    }
}
