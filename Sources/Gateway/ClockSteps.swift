import FoundationEssentials
import Synchronization

/// Notices when somebody sets the machine's clock forward. By such a clock a request that has just been sent looks old, and
/// another process would take over while it is still open (RT-25).
final class ClockSteps: Sendable {
    /// Remembered for one to two of these: longer than any request that can have been open at the step.
    private static let memory: TimeInterval = 120
    /// Slower drift than this within the memory is no step.
    private static let tolerance: TimeInterval = 2

    private struct Reading {
        let wall: Date
        let uptime: TimeInterval
    }

    private let readings = Mutex<(older: Reading, newer: Reading)?>(nil)

    /// How far the clock was set forward of late; 0 when it was not.
    func forward(now: Date, uptime: TimeInterval) -> TimeInterval {
        let reading = Reading(wall: now, uptime: uptime)
        let older = readings.withLock { readings in
            var kept = readings ?? (reading, reading)
            if uptime - kept.newer.uptime > Self.memory { kept = (kept.newer, reading) }
            readings = kept
            return kept.older
        }
        let step = now.timeIntervalSince(older.wall) - (uptime - older.uptime)
        return step > Self.tolerance ? step : 0
    }
}
