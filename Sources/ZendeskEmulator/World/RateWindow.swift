import FoundationEssentials

/// A minute's worth of requests. Support and help center each have one.
struct RateWindow: Sendable, Equatable {
    static let length: Int64 = 60

    private var minute: Int64 = 0
    private var used = 0

    struct Reading: Sendable, Equatable {
        let limit: Int
        let remaining: Int
        let resetsIn: Int64
        let isExceeded: Bool
    }

    /// Counts one request.
    mutating func take(limit: Int, at now: Date) -> Reading {
        let seconds = Int64(now.timeIntervalSince1970.rounded(.down))
        if seconds / Self.length != minute {
            minute = seconds / Self.length
            used = 0
        }
        used += 1
        return Reading(
            limit: limit, remaining: max(0, limit - used), resetsIn: Self.length - seconds % Self.length,
            isExceeded: used > limit)
    }
}
