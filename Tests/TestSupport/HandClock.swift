package import FoundationEssentials
import GatewayCore
import Synchronization

/// A clock that stands still until a hand moves it.
package final class HandClock: WallClock {
    private struct State {
        var wall: Date
        var uptime: TimeInterval = 0
    }

    private let state: Mutex<State>

    package init(_ start: Date = Date(timeIntervalSince1970: 1_790_000_000)) {
        state = Mutex(State(wall: start))
    }

    package var now: Date { state.withLock(\.wall) }
    package var uptime: TimeInterval { state.withLock(\.uptime) }

    package func advance(by seconds: TimeInterval) {
        state.withLock { state in
            state.wall += seconds
            state.uptime += seconds
        }
    }

    /// Somebody sets the clock; no time passes.
    package func step(by seconds: TimeInterval) {
        state.withLock { $0.wall += seconds }
    }
}
