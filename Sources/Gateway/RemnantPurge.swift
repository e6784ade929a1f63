package import Storage
import Synchronization

/// Empties the write-ahead log of what was erased while a reader kept that from being done, for as long as it takes. The
/// store knows that it is due, so a process that comes later goes on with it.
package final class RemnantPurge: Sendable {
    package enum Deed: Sendable, Equatable {
        /// A reader holds the log; said once.
        case held
        case purged
    }

    /// Rounds, of a second each. Every try keeps writers waiting for a moment, so that a reader of an hour is not asked
    /// each second.
    private static let longestRest = 60

    private struct State {
        var isHeld = false
        var rest = 0
        var nextRest = 1
    }

    private let store: any GatewayStore
    private let state = Mutex(State())

    package init(store: any GatewayStore) {
        self.store = store
    }

    /// One small read when nothing is due.
    package func round() async throws -> Deed? {
        guard try await store.hasRemnants() else { return settle() }
        let isResting = state.withLock { state in
            defer { state.rest = max(0, state.rest - 1) }
            return state.rest > 0
        }
        guard !isResting else { return nil }
        return try await store.purgeRemnants() ? settle() : putOff()
    }

    /// What nobody was told of needs no word of its end.
    private func settle() -> Deed? {
        state.withLock { state in
            defer { state = State() }
            return state.isHeld ? .purged : nil
        }
    }

    private func putOff() -> Deed? {
        state.withLock { state in
            defer { state.isHeld = true }
            state.rest = state.nextRest
            state.nextRest = min(state.nextRest * 2, Self.longestRest)
            return state.isHeld ? nil : .held
        }
    }
}
