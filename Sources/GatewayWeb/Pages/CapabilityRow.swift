import GatewayCore

/// What the connections at hand allow at this moment.
enum CapabilityAccess: Sendable {
    case notConnected
    case needsAttention
    case granted(PermissionLevel)

    /// What the column "Now" is about.
    var subject: String {
        switch self {
        case .notConnected: "No organization is connected yet, so nothing is possible now."
        case .needsAttention: "The connection needs attention first; until then nothing is synced or changed."
        case .granted(let level): "Connected with permission level \(level.title)."
        }
    }

    func mark(needing level: PermissionLevel) -> StateMark {
        switch self {
        case .notConnected: StateMark(.off, "Connect first")
        case .needsAttention: StateMark(.attention, "Needs attention")
        case .granted(.readAndAct): StateMark(.good, "Allowed")
        case .granted(.read): level == .read ? StateMark(.good, "Allowed") : StateMark(.off, "Not with Read")
        }
    }
}

/// One row of the capabilities table.
struct CapabilityRow: Sendable {
    let title: String
    let source: String
    let levelTitle: String
    let mark: StateMark

    private init(_ title: String, _ source: String, needing level: PermissionLevel, _ access: CapabilityAccess) {
        self.title = title
        self.source = source
        self.levelTitle = level == .read ? "Read, or Read and take action" : level.title
        self.mark = access.mark(needing: level)
    }

    static func syncs(_ access: CapabilityAccess) -> [CapabilityRow] {
        [
            ("Users and their roles", "Zendesk's people, their Support role and custom role"),
            ("Last logged-in time", "Each person's last sign-in, as Zendesk records it"),
            ("Licence type", "Role and seat: agent, light agent, contributor, admin, end user and others"),
            (
                "Daily usage, last 90 days",
                "A day counts when a person signed in (plans Enterprise and Enterprise Plus), created, edited or deleted "
                    + "a ticket, or created a help center article. The first retrieval may take up to 72 hours; for "
                    + "large organizations ticket usage may cover a shorter period."
            ),
        ].map { CapabilityRow($0.0, $0.1, needing: .read, access) }
    }

    static func actions(_ access: CapabilityAccess) -> [CapabilityRow] {
        [
            ("Create a user", "Adds a person with the role you name"),
            ("Delete a user", "Can be followed by permanent deletion only"),
            ("Permanently delete a user", "Erases the personal data of a deleted user; cannot be undone"),
            ("Downgrade to end user", "Takes the seat of an agent or admin away"),
            ("Upgrade a user", "Makes an end user an agent or admin; needs a free seat"),
            ("Reassign tickets", "Hands one person's tickets to another"),
        ].map { CapabilityRow($0.0, $0.1, needing: .readAndAct, access) }
    }
}
