/// How a state is to be taken. Each has its own shape and its own word on the page; colour only repeats them.
enum Tone: String, Sendable, CaseIterable {
    case good, busy, warning, attention, off
}

/// A state in a word, with the shape that goes with it.
struct StateMark: Sendable {
    let word: String
    /// Becomes part of a class name, so it comes from the closed list only.
    let tone: String
    let isGood: Bool
    let isBusy: Bool
    let isWarning: Bool
    let isAttention: Bool
    let isOff: Bool

    init(_ tone: Tone, _ word: String) {
        self.word = word
        self.tone = tone.rawValue
        isGood = tone == .good
        isBusy = tone == .busy
        isWarning = tone == .warning
        isAttention = tone == .attention
        isOff = tone == .off
    }
}

/// Where a connection stands, as its people see it.
enum ConnectionStanding: Sendable, CaseIterable {
    case connecting, checking, connected, connectedAndSynced, needsAttention, needsReauthorization, inDoubt
    case unreachable, disconnected

    var mark: StateMark {
        switch self {
        case .connecting: StateMark(.busy, "Connecting")
        case .checking: StateMark(.busy, "Checking")
        case .connected: StateMark(.good, "Connected")
        case .connectedAndSynced: StateMark(.good, "Connected and synced")
        case .needsAttention: StateMark(.attention, "Needs attention")
        case .needsReauthorization: StateMark(.attention, "Needs a new sign-in")
        case .inDoubt: StateMark(.warning, "Being confirmed")
        case .unreachable: StateMark(.warning, "Organization not reachable")
        case .disconnected: StateMark(.off, "Disconnected")
        }
    }

    var sentence: String {
        switch self {
        case .connecting: "Zendesk has agreed. The connection is being stored."
        case .checking: "Zendesk is connected. We are checking that everything a sync needs is in place."
        case .connected: "Connected. Waiting for first sync."
        case .connectedAndSynced: "Everything works, and the data has been synced."
        case .needsAttention:
            "Zendesk is connected, but something there stands in the way. Nothing is synced until it is mended."
        case .needsReauthorization:
            "Zendesk no longer accepts this connection. A Zendesk admin has to sign in again; nothing is lost."
        case .inDoubt:
            "Zendesk's last answer was lost on the way. We are finding out whether the connection still works."
        case .unreachable:
            "There is no active Zendesk account at this address just now. The connection is kept, and Latchkey looks "
                + "again by itself every half hour."
        case .disconnected: "This connection has been ended. Nothing uses it any more."
        }
    }

    /// Whether the page is worth looking at again in a few seconds.
    var isPassing: Bool {
        switch self {
        case .connecting, .checking, .inDoubt: true
        default: false
        }
    }
}

/// How one check ended. The raw values are those of the report.
enum CheckOutcome: String, Sendable, CaseIterable {
    case pass, warn, fail, skipped

    var mark: StateMark {
        switch self {
        case .pass: StateMark(.good, "Passed")
        case .warn: StateMark(.warning, "Warning")
        case .fail: StateMark(.attention, "Failed")
        case .skipped: StateMark(.off, "Skipped")
        }
    }
}
