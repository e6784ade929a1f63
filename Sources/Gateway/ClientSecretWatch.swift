package import FoundationEssentials
package import GatewayCore
import Synchronization

/// What Zendesk thinks of our client's secrets, as far as this process has seen.
package final class ClientSecretWatch: Sendable {
    package struct State: Sendable, Equatable {
        /// Which line of the file was accepted last, counted from 0; nil before the first answer.
        package var acceptedPosition: Int?
        package var acceptedAt: Date?
        /// Since when every line is refused; nil while one is accepted.
        package var refusedSince: Date?
        /// A file was activated that no organization could be asked about.
        package var isUnverified = false
        /// The newest file was not taken: its first line is no secret of this client.
        package var hasRefusedFile = false
    }

    private let clock: any WallClock
    private let metrics: Metrics
    private let current = Mutex(State())

    package init(clock: any WallClock, metrics: Metrics) {
        self.clock = clock
        self.metrics = metrics
    }

    package var state: State { current.withLock { $0 } }

    func note(position: Int, isAccepted: Bool, isLast: Bool) {
        let now = clock.now
        current.withLock { state in
            if isAccepted {
                state.acceptedPosition = position
                state.acceptedAt = now
                state.refusedSince = nil
                if position == 0 { state.isUnverified = false }
            } else if isLast, state.refusedSince == nil {
                state.refusedSince = now
            }
        }
        metrics.count(
            "latchkey_client_secret_answers_total", "Answers to our client's secret, by its line in the file.",
            labels: ["line": position == 0 ? "first" : "second", "outcome": isAccepted ? "accepted" : "refused"])
        publish()
    }

    func noteFile(isUnverified: Bool, isRefused: Bool) {
        current.withLock { state in
            state.isUnverified = isUnverified
            state.hasRefusedFile = isRefused
            if !isRefused, !isUnverified { state.refusedSince = nil }
        }
        publish()
    }

    private func publish() {
        let isRefused = state.refusedSince != nil
        metrics.set(
            "latchkey_client_secret_refused", "1 while Zendesk refuses every secret of our client.",
            to: isRefused ? 1 : 0)
    }
}
