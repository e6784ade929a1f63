/// Where a connection stands, as its people see it.
enum ConnectionStanding: Sendable, CaseIterable {
    case connecting, checking, connected, connectedAndSynced, needsAttention, unchecked, needsReauthorization
    case inDoubt, unreachable, disconnected

    var mark: StateMark {
        switch self {
        case .connecting: StateMark(.busy, "Connecting")
        case .checking: StateMark(.busy, "Checking")
        case .connected: StateMark(.good, "Connected")
        case .connectedAndSynced: StateMark(.good, "Connected and synced")
        case .needsAttention: StateMark(.attention, "Needs attention")
        case .unchecked: StateMark(.attention, "Not checked")
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
        case .unchecked:
            "Zendesk is connected, but the checks did not end. Run them again; nothing is synced before."
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

    /// Who has to do something about it.
    var care: ConnectionCare? {
        switch self {
        case .connected, .connectedAndSynced: .works
        case .connecting, .checking, .inDoubt, .unreachable: .isLookedAt
        case .needsAttention, .unchecked, .needsReauthorization: .needsHand
        case .disconnected: nil
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

/// Whether anybody has to do something about a connection: nobody, Latchkey by itself, or a person.
enum ConnectionCare: Sendable {
    case works, isLookedAt, needsHand
}
