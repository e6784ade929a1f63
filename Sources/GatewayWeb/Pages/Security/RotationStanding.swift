/// Where the data keys stand, as the security team sees it: one state at a time, and the most pressing one.
enum RotationStanding: Sendable, Equatable {
    /// Records name a key that nobody has.
    case missing(key: String, records: Int)
    case running(target: String)
    case paused(target: String)
    /// Whoever worked on it is gone. `isTakenUp`: a running service goes on with it by itself.
    case interrupted(target: String, isTakenUp: Bool)
    case proving
    /// The last proof found records that are not as they should be.
    case unproven(ProofFaults)
    /// A key was made and waits to be the one that seals.
    case toPromote(String)
    /// Records stand under other keys than the primary one.
    case toReseal(records: Int)
    case toVerify
    /// Nothing needs it any more.
    case toRetire(String)
    case due(isOverdue: Bool)
    case settled
    /// One key, never rotated.
    case fresh
}

/// What a proof can find.
struct ProofFaults: Sendable, Equatable {
    let leftBehind: Int
    let unreadable: Int
    let rolledBack: Int

    var isNone: Bool { leftBehind == 0 && unreadable == 0 && rolledBack == 0 }
}

extension RotationStanding {
    /// For the script, which loads the page again when it changes.
    var phase: String {
        switch self {
        case .missing: "missing"
        case .running: "running"
        case .paused: "paused"
        case .interrupted: "interrupted"
        case .proving: "proving"
        case .unproven: "unproven"
        case .toPromote: "to-promote"
        case .toReseal: "to-reseal"
        case .toVerify: "to-verify"
        case .toRetire: "to-retire"
        case .due: "due"
        case .settled: "settled"
        case .fresh: "fresh"
        }
    }

    /// Whether the page is worth looking at again in a few seconds.
    var isMoving: Bool {
        switch self {
        case .running, .proving, .interrupted: true
        default: false
        }
    }

    var mark: StateMark {
        switch self {
        case .missing: StateMark(.attention, "A key is missing")
        case .running: StateMark(.busy, "Rotation under way")
        case .paused: StateMark(.warning, "Rotation paused")
        case .interrupted: StateMark(.warning, "Rotation interrupted")
        case .proving: StateMark(.busy, "Proof under way")
        case .unproven: StateMark(.attention, "Not complete")
        case .toPromote: StateMark(.warning, "A new key waits")
        case .toReseal: StateMark(.warning, "Records under a former key")
        case .toVerify: StateMark(.warning, "Not proven yet")
        case .toRetire: StateMark(.good, "Rotation proven")
        case .due(let isOverdue): StateMark(isOverdue ? .attention : .warning, isOverdue ? "Overdue" : "Due")
        case .settled: StateMark(.good, "In order")
        case .fresh: StateMark(.good, "In order")
        }
    }

    var sentence: String {
        switch self {
        case .missing(let key, let records):
            "\(Counted.of(records, "record")) cannot be opened, because the data key \(key) is not in this database."
        case .running(let target): "Every record is being sealed under \(target). Everything goes on meanwhile."
        case .paused(let target):
            "The reseal towards \(target) rests. Both keys open, and everything goes on meanwhile."
        case .interrupted(let target, let isTakenUp):
            "Whoever sealed records under \(target) is gone. Both keys open"
                + (isTakenUp ? ", and a running service takes the work up again." : ". Nobody takes it up by itself.")
        case .proving: "Every record is being opened with the primary key alone."
        case .unproven(let faults): faults.sentence
        case .toPromote(let id): "\(id) is made and opens everywhere. It seals nothing until it is promoted."
        case .toReseal(let records):
            "\(Counted.of(records, "record")) \(records == 1 ? "stands" : "stand") under another key than the "
                + "primary one."
        case .toVerify: "No record names a former key. Nobody has opened every record to prove it."
        case .toRetire(let id): "Every record opens with the primary key alone. Nothing needs \(id) any more."
        case .due(let isOverdue):
            isOverdue
                ? "The primary key should have been rotated long ago; something stands in the way."
                : "The primary key has done its time. A running service rotates it by itself, slowly."
        case .settled: "Every record opens with the primary key alone, and no former key is left in use."
        case .fresh: "One data key seals everything. It was never rotated so far."
        }
    }
}

extension ProofFaults {
    fileprivate var sentence: String {
        // What does not open stands under its former key still: that is no second fault.
        let more = leftBehind - unreadable
        let parts = [
            (unreadable, "\(Counted.of(unreadable, "record")) did not open with the primary key alone"),
            (more, "\(Counted.of(more, "more record")) still \(more == 1 ? "names" : "name") a former key"),
            (
                rolledBack,
                "\(Counted.of(rolledBack, "connection")) \(rolledBack == 1 ? "is" : "are") older than the audit log says"
            ),
        ]
        return parts.filter { $0.0 > 0 }.map(\.1).joined(separator: "; ") + ". Nothing was changed or deleted."
    }
}
