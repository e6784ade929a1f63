import AuditTrail
import FoundationEssentials
package import GatewayCore
package import Storage

/// The whole log against its tree, its signed checkpoints, and those that are kept elsewhere.
package struct AuditVerification: Sendable {
    let store: any GatewayStore
    /// Notes from out of the database's reach, oldest first.
    let elsewhere: [String]

    package struct Report: Sendable, Equatable {
        package let entries: Int64
        /// Checkpoints in the database and elsewhere that the log agrees with.
        package let checkpoints: Int
        package let elsewhere: Int
        /// Lines elsewhere that no key of this log signed, and that no entry contradicts.
        package let unsigned: Int
        /// Checkpoints elsewhere of a log that was given up for a restored one; an entry says who accepted it.
        package let abandoned: Int
        /// How often the clock was set back, and at which entry first.
        package let stepsBack: Int
        package let firstStepBack: Int64?
        package let problem: AuditProblem?
    }

    package init(store: any GatewayStore, elsewhere: [String]) {
        self.store = store
        self.elsewhere = elsewhere
    }

    /// A fault is an answer; only a database that cannot be read throws.
    package func run(report: @escaping @Sendable (Int64) -> Void = { _ in }) async throws -> Report {
        let stored = try await store.auditCheckpoints()
        let (inside, outside) = (stored.map { AuditNote($0.note) }, elsewhere.map(AuditNote.init))
        let sizes = (inside + outside).compactMap(\.checkpoint?.size)
        let reading = try await store.readAuditTree(rootsAt: Set(sizes), report: report)
        let keys = try await store.auditKeys()
        let jury = AuditJury(reading: reading, line: Self.line(keys, reading))
        let (kept, others) = (jury.judge(inside), jury.judge(outside, mayBeAbandoned: true))
        var problems = [reading.fault.map(AuditProblem.log), kept.problem, others.problem]
        problems.append(try await store.connectionBehindLog().map(AuditProblem.connection))
        if kept.unsigned > 0 || !zip(stored, inside).allSatisfy({ $1.bears(out: $0, by: jury.line) }) {
            problems.append(.forgedCheckpoint)
        }
        // A false key explains every signature that does not hold.
        let key = reading.fault == nil ? Self.keyProblem(keys, reading) ?? jury.keyProblem(closedBy: kept) : nil
        return Report(
            entries: reading.size, checkpoints: kept.agreeing, elsewhere: others.agreeing, unsigned: others.unsigned,
            abandoned: others.abandoned, stepsBack: reading.stepsBack, firstStepBack: reading.firstStepBack,
            problem: key ?? problems.compactMap { $0 }.min { $0.firstIndex < $1.firstIndex })
    }

    /// A key whose entry was not read signs nothing that counts.
    private static func line(_ keys: [StoredAuditKey], _ reading: AuditReading) -> AuditKeyLine {
        let entries = reading.introductions.keys.sorted()
        return AuditKeyLine(
            keys.enumerated().compactMap { position, stored in
                AuditPublicKey(stored.publicKey).map { key in
                    EvidenceKey(
                        id: stored.id, key: key, entry: position < entries.count ? entries[position] : .max)
                }
            })
    }

    /// The keys that are believed are those that the log itself introduces, each in an entry that the one before it signed.
    private static func keyProblem(_ keys: [StoredAuditKey], _ reading: AuditReading) -> AuditProblem? {
        let introduced = reading.introductions.keys.sorted()
        for (position, key) in keys.enumerated() {
            guard position < introduced.count, reading.introductions[introduced[position]] == key.introduction else {
                return .key(key.id, entry: position < introduced.count ? introduced[position] : reading.size + 1)
            }
        }
        return introduced.count == keys.count ? nil : .key("?", entry: introduced[keys.count])
    }
}

/// What is wrong with a log.
package enum AuditProblem: Explained, Equatable {
    case log(AuditFault)
    /// Fewer entries than were once signed.
    case truncated(log: Int64, signed: Int64)
    /// One of these is not the entry that was signed.
    case rewritten(ClosedRange<Int64>)
    case key(String, entry: Int64)
    case forgedCheckpoint
    case stranger
    /// The log is sound, and the database does not have what it says.
    case connection(ConnectionBehindLog)

    /// The first entry that is, or may be, bad.
    package var firstIndex: Int64 {
        switch self {
        case .log(let fault): fault.firstIndex
        case .truncated(let log, _): log + 1
        case .rewritten(let range): range.lowerBound
        case .key(_, let entry): entry
        case .forgedCheckpoint, .stranger: 1
        case .connection(let row): row.entry
        }
    }

    package var explanation: Explanation {
        Explanation(
            code: code, message: message,
            remedy: "Keep the database as it is for whoever investigates, and compare it with a backup.")
    }

    private var code: String {
        switch self {
        case .log(.missing): "audit.entry_missing"
        case .log(.added): "audit.entry_added"
        case .log(.changed): "audit.entry_changed"
        case .log(.replaced), .log(.head), .rewritten: "audit.entries_replaced"
        case .truncated: "audit.truncated"
        case .key: "audit.key_unknown"
        case .forgedCheckpoint: "audit.checkpoint_forged"
        case .stranger: "audit.checkpoint_stranger"
        case .connection: "audit.connection_behind"
        }
    }

    private var message: String {
        switch self {
        case .log(.missing(let index)): "Entry \(index) is missing."
        case .log(.added(let index)): "Entry \(index) does not belong there: the tree has no place for it."
        case .log(.changed(let index)): "Entry \(index) is not the one that was written."
        case .log(.replaced(let range)), .log(.head(let range)), .rewritten(let range):
            "One of the entries \(range.lowerBound) to \(range.upperBound) is not the one that was written."
        case .truncated(let log, let signed):
            "The log has \(log) entries, and \(signed) were signed: its end is missing."
        case .key(let id, let entry): "The audit key \(id) is not the one that entry \(entry) introduces."
        case .forgedCheckpoint: "A checkpoint in the database is signed by none of its keys."
        case .stranger: "A checkpoint is signed by a key that this log does not have: the log was made anew."
        case .connection(let row):
            "Connection \(row.connection) has generation \(row.generation), and entry \(row.entry) says \(row.logged): its row is an older one."
        }
    }
}
