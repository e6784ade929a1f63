/// Reads an archive line by line and believes nothing that it can compute: every hash, every root, every signature and the
/// summary are made again.
package struct EvidenceVerifier {
    private static let step: Int64 = 100_000

    private let trusted: AuditPublicKey?
    /// Told every so many entries.
    private let report: (Int64) -> Void

    private var lines: EvidenceLineReader
    private var origin = ""
    private var size: Int64 = 0
    private var line = AuditKeyLine()
    private var checkpoints: [Checkpoint] = []
    private var elsewhere: [Checkpoint] = []
    /// Kept elsewhere and signed by a key that the archive does not have.
    private var strangers: [Checkpoint] = []
    private var unsigned = 0
    /// What was given up for a restored database, as the entries say.
    private var accepted: [AbandonedCheckpoint] = []
    private var abandoned = 0
    private var frontier = TreeFrontier()
    private var leaf = AuditLeaf()
    private var roots: [Int64: TreeHash] = [:]
    private var introduced = 0
    private var summary = EvidenceSummary()

    /// `next` gives one line without its line feed, or nil at the end. `trusted` is the log's first key, if whoever checks
    /// knows it.
    package init(
        trusted: AuditPublicKey? = nil, report: @escaping (Int64) -> Void = { _ in },
        next: @escaping () throws -> [UInt8]?
    ) {
        lines = EvidenceLineReader(next: next)
        self.trusted = trusted
        self.report = report
    }

    /// Throws `EvidenceFault`, and whatever `next` throws. `elsewhere`: notes that were kept out of the service's reach.
    package mutating func check(elsewhere notes: [String] = []) throws -> EvidenceReport {
        let root = try readHead()
        try readKeys()
        try readCheckpoints(root)
        try open(notes)
        try readEntries()
        try compareElsewhere()
        try readConsistency(root)
        try readSummary()
        try readSeal()
        try lines.end()
        return EvidenceReport(
            origin: origin, entries: size, root: root, keys: line.keys, checkpoints: checkpoints.count,
            summary: summary, confirmed: elsewhere.count { $0.size <= size } - abandoned,
            larger: (elsewhere + strangers).count { $0.size > size }, abandoned: abandoned, unsigned: unsigned)
    }

    // MARK: Head, keys and checkpoints

    private mutating func readHead() throws -> TreeHash {
        let head = try lines.next { scanner throws(EvidenceScanner.Malformed) in try scanner.archive() }
        (origin, size) = (head.origin, head.size)
        return head.root
    }

    private mutating func readKeys() throws {
        repeat {
            let key = try lines.next { scanner throws(EvidenceScanner.Malformed) in try scanner.auditKey() }
            guard (line.keys.last?.entry ?? 0) < key.entry, key.entry <= size else { throw lines.fault(.key) }
            if line.keys.isEmpty {
                guard key.key.origin == origin else { throw lines.fault(.key) }
                guard trusted == nil || trusted == key.key else { throw lines.fault(.stranger) }
            }
            line.add(key)
        } while try lines.isNext(.auditKey)
    }

    private mutating func readCheckpoints(_ root: TreeHash) throws {
        while (checkpoints.last?.size ?? 0) < size {
            let note = try lines.next { scanner throws(EvidenceScanner.Malformed) in try scanner.checkpoint() }
            let checkpoint = try opened(note)
            guard checkpoint.size > (checkpoints.last?.size ?? 0), checkpoint.size <= size else {
                throw lines.fault(.outOfOrder)
            }
            checkpoints.append(checkpoint)
        }
        guard checkpoints.last?.root == root else { throw lines.fault(.unfounded) }
        if let successor = line.unfounded(closedAt: Set(checkpoints.map(\.size))) {
            throw lines.fault(.key, entry: successor.entry)
        }
    }

    /// A checkpoint of this log by the key that was in use at its size.
    private func opened(_ note: String) throws -> Checkpoint {
        guard let (checkpoint, isRightful) = try? line.open(note), isRightful, checkpoint.origin == origin else {
            throw lines.fault(.signature)
        }
        return checkpoint
    }

    /// What is torn or made up accuses nobody. A key that the archive does not have may be a later one.
    private mutating func open(_ notes: [String]) throws {
        for note in notes {
            switch Result(catching: { () throws(CheckpointFault) in try line.open(note) }) {
            case .success(let (checkpoint, isRightful)):
                guard checkpoint.origin == origin, isRightful || checkpoint.size > size else {
                    throw lines.fault(.forked(size: checkpoint.size))
                }
                elsewhere.append(checkpoint)
            case .failure(.unknownKey):
                if let checkpoint = SignedNote.text(of: note).flatMap({ Checkpoint(parsing: $0) }) {
                    strangers.append(checkpoint)
                }
            case .failure: unsigned += 1
            }
        }
    }

    // MARK: Entries

    private mutating func readEntries() throws {
        let wanted = Set((checkpoints + elsewhere).map(\.size))
        var due = checkpoints[...]
        var vouched: Int64 = 0
        while frontier.size < size {
            try readEntry()
            let count = frontier.size
            if wanted.contains(count) { roots[count] = frontier.root }
            if count.isMultiple(of: Self.step) { report(count) }
            guard let checkpoint = due.first, checkpoint.size == count else { continue }
            guard roots[count] == checkpoint.root else {
                throw lines.fault(.replaced(through: count), entry: vouched + 1)
            }
            vouched = count
            due.removeFirst()
        }
        guard introduced == line.keys.count else { throw lines.fault(.key, entry: line.keys[introduced].entry) }
    }

    private mutating func readEntry() throws {
        let (record, hash) = try lines.next { scanner throws(EvidenceScanner.Malformed) in try scanner.entry() }
        guard record.index == frontier.size + 1 else { throw lines.fault(.outOfOrder, entry: frontier.size + 1) }
        leaf.write(record)
        guard leaf.hash == hash else { throw lines.fault(.changed, entry: record.index) }
        frontier.append(hash)
        summary.take(record)
        if let given = AbandonedCheckpoint(acceptedBy: record) { accepted.append(given) }
        guard EvidenceKey.isIntroduction(record) else { return }
        guard introduced < line.keys.count, EvidenceKey(introducedBy: record) == line.keys[introduced] else {
            throw lines.fault(.key, entry: record.index)
        }
        introduced += 1
    }

    private mutating func compareElsewhere() throws {
        for checkpoint in elsewhere where checkpoint.size <= size && roots[checkpoint.size] != checkpoint.root {
            guard isGivenUp(checkpoint) else { throw lines.fault(.forked(size: checkpoint.size)) }
            abandoned += 1
        }
        for checkpoint in strangers where checkpoint.origin != origin || checkpoint.size <= size {
            guard isGivenUp(checkpoint) else { throw lines.fault(.forked(size: nil)) }
        }
    }

    private func isGivenUp(_ checkpoint: Checkpoint) -> Bool { accepted.contains { $0.explains(checkpoint) } }

    // MARK: What follows from the entries

    private mutating func readConsistency(_ root: TreeHash) throws {
        for checkpoint in checkpoints.dropLast() {
            let proof = try lines.next { scanner throws(EvidenceScanner.Malformed) in try scanner.consistency() }
            guard proof.old == checkpoint.size, proof.new == size, proof.holds(from: checkpoint.root, to: root) else {
                throw lines.fault(.unfounded)
            }
        }
    }

    private mutating func readSummary() throws {
        for key in summary.dataKeys { try lines.expect { $0.dataKey(key) } }
        let summary = summary
        try lines.expect { $0.summary(summary) }
    }

    private mutating func readSeal() throws {
        let text = EvidenceSeal.text(origin: origin, size: size, digest: lines.digestSoFar)
        let note = try lines.next { scanner throws(EvidenceScanner.Malformed) in try scanner.seal() }
        guard let signed = SignedNote.text(of: note), signed.utf8.elementsEqual(text.utf8) else {
            throw lines.fault(.seal)
        }
        guard let key = try? SignedNote.signer(of: note, name: origin, keys: line.keys.map(\.key)),
            key == line.rightful(at: size)
        else { throw lines.fault(.signature) }
    }
}
