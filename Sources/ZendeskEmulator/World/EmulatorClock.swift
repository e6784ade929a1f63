package import FoundationEssentials

/// Where the time comes from. The world adds a shift on top, so that expiry can be reached without waiting.
package struct EmulatorClock: Sendable {
    package var now: @Sendable () -> Date

    package init(now: @escaping @Sendable () -> Date) {
        self.now = now
    }

    package static let system = EmulatorClock { Date() }

    package static func fixed(_ date: Date) -> EmulatorClock {
        EmulatorClock { date }
    }
}
