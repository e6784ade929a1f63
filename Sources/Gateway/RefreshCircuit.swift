import FoundationEssentials

/// Whether Zendesk accepts our client. While it does not, every refresh would fail alike, so one connection tries for all.
struct RefreshCircuit: Sendable {
    private(set) var refusedUntil: Date?

    /// True when this is news: then the operator is told, once.
    mutating func refused(at now: Date, pause: TimeInterval) -> Bool {
        defer { refusedUntil = now.addingTimeInterval(pause) }
        return refusedUntil == nil
    }

    /// True when it had been refused before.
    mutating func accepted() -> Bool {
        defer { refusedUntil = nil }
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
        if refusedUntil != nil { refusedUntil = now }
    }
}
