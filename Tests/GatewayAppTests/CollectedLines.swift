import GatewayApp
import Logging
import Synchronization

/// What a logger wrote.
final class CollectedLines: Sendable {
    private let state = Mutex("")

    var text: String { state.withLock { $0 } }

    func add(_ line: String) { state.withLock { $0 += line } }

    /// One that writes here, whatever the level.
    func logger(_ format: LogFormat = .text) -> Logger {
        Logger(label: "test") { LineLogHandler(label: $0, level: .trace, format: format, write: self.add) }
    }
}
