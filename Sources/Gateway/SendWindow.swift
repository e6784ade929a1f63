import FoundationEssentials
import GatewayCore

/// When a refresh's request may leave, and until when it may be open. Measured from before its entry was written and by a
/// clock that nobody sets, so that neither a stopped process nor a stepped clock makes it longer (RT-09, RT-25).
struct SendWindow: Sendable {
    private let opensAt: TimeInterval
    /// For the calls themselves.
    let end: ContinuousClock.Instant

    init(_ world: RefreshDependencies) {
        opensAt = world.clock.uptime
        end = .now + .seconds(world.times.sendWindow + world.times.callTime)
    }

    func isOpen(_ world: RefreshDependencies) -> Bool {
        world.clock.uptime - opensAt < world.times.sendWindow
    }
}
