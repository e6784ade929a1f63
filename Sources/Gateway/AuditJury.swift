import AuditTrail
import FoundationEssentials
import Storage

/// A signed note as it was found, and what it says if it is one.
struct AuditNote {
    let text: String
    let checkpoint: Checkpoint?

    init(_ text: String) {
        self.text = text
        checkpoint = SignedNote.text(of: text).flatMap { Checkpoint(parsing: $0) }
    }

    /// Whether the columns beside the note say the same: they are what people are shown.
    func bears(out stored: StoredAuditCheckpoint, by line: AuditKeyLine) -> Bool {
        guard let checkpoint, line.holder(at: checkpoint.size)?.id == stored.keyID else { return false }
        return checkpoint.size == stored.size && checkpoint.root.octets == stored.root
            && checkpoint.at == Int64((stored.signedAt.timeIntervalSince1970 * 1000).rounded())
    }
}

/// Holds notes against the log as it was read and the keys that it introduces.
struct AuditJury {
    let reading: AuditReading
    let line: AuditKeyLine

    struct Verdict {
        var agreeing = 0
        /// The sizes that those vouch for.
        var sizes: Set<Int64> = []
        var unsigned = 0
        var abandoned = 0
        var problem: AuditProblem?
    }

    private enum Word {
        case agrees(Checkpoint)
        case contradicts(Checkpoint)
        /// Of a log with other keys, if it is of any.
        case stranger(Checkpoint?)
        case unsigned
        /// Behind a fault nothing was read.
        case unread
    }

    /// The largest size that agrees narrows down where the first disagreement lies.
    func judge(_ notes: [AuditNote], mayBeAbandoned: Bool = false) -> Verdict {
        let words = notes.sorted { ($0.checkpoint?.size ?? 0) < ($1.checkpoint?.size ?? 0) }.map(word)
        let accepted = mayBeAbandoned ? acceptances(vouchedBy: words) : []
        var verdict = Verdict()
        var vouched: Int64 = 0
        for word in words {
            switch word {
            case .unread: continue
            case .unsigned: verdict.unsigned += 1
            case .agrees(let checkpoint):
                verdict.agreeing += 1
                verdict.sizes.insert(checkpoint.size)
                if verdict.problem == nil { vouched = checkpoint.size }
            case .contradicts(let checkpoint), .stranger(let checkpoint?):
                if accepted.contains(where: { $0.explains(checkpoint) }) {
                    verdict.abandoned += 1
                } else {
                    verdict.problem = verdict.problem ?? problem(word, behind: vouched)
                }
            case .stranger(nil): verdict.problem = verdict.problem ?? .stranger
            }
        }
        return verdict
    }

    private func word(_ note: AuditNote) -> Word {
        if let checkpoint = note.checkpoint, reading.fault != nil, checkpoint.size > reading.size { return .unread }
        do {
            let (checkpoint, isRightful) = try line.open(note.text)
            let agrees = isRightful && reading.roots[checkpoint.size] == checkpoint.root.octets
            return agrees ? .agrees(checkpoint) : .contradicts(checkpoint)
        } catch {
            return error == .unknownKey ? .stranger(note.checkpoint) : .unsigned
        }
    }

    /// An acceptance counts once the log's own key has signed a log that holds it: an entry alone is written by anybody who
    /// writes the database, and would explain away what they cut off.
    private func acceptances(vouchedBy words: [Word]) -> [AbandonedCheckpoint] {
        let signed = words.compactMap { word -> Int64? in
            if case .agrees(let checkpoint) = word { checkpoint.size } else { nil }
        }
        let last = signed.max() ?? 0
        return reading.acceptances.filter { $0.key <= last }.compactMap { AbandonedCheckpoint(subject: $0.value) }
    }

    private func problem(_ word: Word, behind vouched: Int64) -> AuditProblem {
        guard case .contradicts(let checkpoint) = word else { return .stranger }
        return checkpoint.size > reading.size
            ? .truncated(log: reading.size, signed: checkpoint.size)
            : .rewritten(vouched + 1...max(checkpoint.size, vouched + 1))
    }

    /// Whoever writes the database can introduce a key; only the one before it can sign that entry.
    func keyProblem(closedBy kept: Verdict) -> AuditProblem? {
        line.unfounded(closedAt: kept.sizes).map { .key($0.id, entry: $0.entry) }
    }
}
