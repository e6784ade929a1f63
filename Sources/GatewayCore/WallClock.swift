package import FoundationEssentials

/// The time of day. A parameter everywhere, so that tests need no sleep.
package protocol WallClock: Sendable {
    var now: Date { get }
    /// Seconds since some moment in the past, which nobody can set: what has to be over before something else may begin is
    /// measured by this one.
    var uptime: TimeInterval { get }
}

extension WallClock {
    package var uptime: TimeInterval {
        let passed = SystemClock.epoch.duration(to: .now).components
        return TimeInterval(passed.seconds) + TimeInterval(passed.attoseconds) / 1e18
    }
}

package struct SystemClock: WallClock {
    fileprivate static let epoch = ContinuousClock.now

    package init() {}
    package var now: Date { Date() }
}
