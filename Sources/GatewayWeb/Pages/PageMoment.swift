import FoundationEssentials
import GatewayCore

/// A point in time as a page shows it: exact, machine-readable, and how far away.
struct PageMoment: Sendable {
    /// `24 November 2025, 14:03 UTC`
    let text: String
    /// `2025-11-24T14:03:00Z`
    let machine: String
    /// `3 minutes ago`, `in 2 days`
    let distance: String

    init(_ date: Date, now: Date) {
        text = date.inWords
        machine = date.formatted(.iso8601)
        distance = Self.distance(date.timeIntervalSince(now))
    }

    init?(_ date: Date?, now: Date) {
        guard let date else { return nil }
        self.init(date, now: now)
    }

    private static func distance(_ seconds: Double) -> String {
        let size = seconds.magnitude
        guard size >= 60 else { return seconds > 0 ? "in less than a minute" : "just now" }
        let amount =
            switch size {
            case ..<3600: counted(size / 60, "minute")
            case ..<172_800: counted(size / 3600, "hour")
            default: counted(size / 86_400, "day")
            }
        return seconds > 0 ? "in \(amount)" : "\(amount) ago"
    }

    private static func counted(_ amount: Double, _ unit: String) -> String {
        let whole = amount < 1e9 ? Int(amount) : 1_000_000_000
        return whole == 1 ? "1 \(unit)" : "\(whole) \(unit)s"
    }
}
