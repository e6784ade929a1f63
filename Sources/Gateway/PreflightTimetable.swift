package import FoundationEssentials
package import GatewayCore

/// When each connection is looked at: four times a day, at times of its own, so that many connections fill the day evenly
/// and a restart moves nothing.
package enum PreflightTimetable {
    package static let interval: TimeInterval = 6 * 60 * 60
    /// After a look that could not reach Zendesk.
    package static let retry: TimeInterval = 15 * 60

    /// The first of the connection's times after a date.
    package static func next(after date: Date, for id: ConnectionID) -> Date {
        let offset = offset(of: id)
        let passed = ((date.timeIntervalSince1970 - offset) / interval).rounded(.down)
        return Date(timeIntervalSince1970: offset + (passed + 1) * interval)
    }

    /// The same for ever: from the id alone, in whole seconds (FNV-1a, which spreads random texts well enough).
    private static func offset(of id: ConnectionID) -> TimeInterval {
        let hash = id.text.utf8.reduce(UInt64(0xCBF2_9CE4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        return TimeInterval((hash >> 16) % UInt64(interval))
    }
}
