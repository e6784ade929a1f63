import Crypto

/// The lines of an archive in their order, with the hash over all that were read, and where one is that is wrong.
struct EvidenceLineReader {
    private let source: () throws -> [UInt8]?
    private var count = 0
    private var digest = SHA256()
    private var ahead: [UInt8]?

    init(next: @escaping () throws -> [UInt8]?) { source = next }

    /// SHA-256 of everything up to here, line feeds included.
    var digestSoFar: TreeHash { TreeHash(digest.finalize()) }

    mutating func next<Value>(
        _ read: (inout EvidenceScanner) throws(EvidenceScanner.Malformed) -> Value
    ) throws -> Value {
        let line = try line()
        var scanner = EvidenceScanner(line)
        do {
            let value = try read(&scanner)
            try scanner.end()
            return value
        } catch {
            // Nothing of it was taken: it is of another kind, if it is of any.
            throw fault(scanner.isAtStart && EvidenceKind.isAny(line) ? .outOfOrder : .malformed)
        }
    }

    /// A line that can only be this one.
    mutating func expect(_ write: (inout EvidenceText) -> Void) throws {
        var expected = EvidenceText()
        write(&expected)
        guard try line() == expected.octets else { throw fault(.unfounded) }
    }

    mutating func isNext(_ kind: EvidenceKind) throws -> Bool {
        if ahead == nil { ahead = try source() }
        var scanner = EvidenceScanner(ahead ?? [])
        return scanner.take(kind.opening)
    }

    mutating func end() throws {
        guard try source() != nil else { return }
        count += 1
        throw fault(.goesOn)
    }

    func fault(_ reason: EvidenceFault.Reason, entry: Int64? = nil) -> EvidenceFault {
        EvidenceFault(line: count, entry: entry, reason: reason)
    }

    private mutating func line() throws -> [UInt8] {
        count += 1
        guard let line = try ahead ?? source() else { throw fault(.endsEarly) }
        ahead = nil
        digest.update(data: line)
        digest.update(data: [0x0A])
        return line
    }
}
