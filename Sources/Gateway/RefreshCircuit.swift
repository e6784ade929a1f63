import FoundationEssentials

/// Whether Zendesk accepts our client. While it does not, every refresh would fail alike, so one connection tries for all.
///
/// One organization alone may have thrown our client out; that is its own affair and stops nobody else. So several must refuse
/// in a row, or one while nobody has accepted us for a while.
struct RefreshCircuit: Sendable {
    private static let enough = 3
    private static let longSilence: TimeInterval = 10 * 60

    private(set) var refusedUntil: Date?
    /// Who refused since the last acceptance.
    private var refusing: Set<String> = []
    private var acceptedAt: Date?

    /// True when the client counts as refused from now on: then the operator is told, once.
    mutating func refused(by organization: String, at now: Date, pause: TimeInterval) -> Bool {
        refusing.insert(organization)
        let isSilent = acceptedAt.map { now.timeIntervalSince($0) > Self.longSilence } ?? true
        guard refusedUntil != nil || isSilent || refusing.count >= Self.enough else { return false }
        defer { refusedUntil = now.addingTimeInterval(pause) }
        return refusedUntil == nil
    }

    /// True when it had been refused before.
    mutating func accepted(at now: Date) -> Bool {
        defer { refusedUntil = nil }
        refusing = []
        acceptedAt = now
        return refusedUntil != nil
    }

    /// Whoever may try now; all others wait for what comes of it.
    mutating func takeTrial(at now: Date, pause: TimeInterval) -> Bool {
        guard let date = refusedUntil else { return true }
        guard date <= now else { return false }
        refusedUntil = now.addingTimeInterval(pause)
        return true
    }

    /// A new secret was read: the next one tries at once.
    mutating func retrySoon(at now: Date) {
        refusing = []
        if refusedUntil != nil { refusedUntil = now }
    }
}
