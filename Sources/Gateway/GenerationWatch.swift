import FoundationEssentials
package import GatewayCore
package import Storage
import Synchronization

/// Lets programs wait until a connection's token is replaced or the connection ends.
///
/// A renewal or a reconnect in this process wakes its waiters at once; what another process did, or that the connection has
/// ended, is found by looking once a second. The number of waiters is bounded, in all and for each key.
package final class GenerationWatch: Sendable {
    package static let longestWait = Duration.seconds(30)
    static let waitersInAll = 512
    static let waitersOfOneKey = 64
    private static let lookAgainAfter = Duration.seconds(1)

    private struct Waiter {
        let connection: ConnectionID
        let key: APIKeyID
        let bell: AsyncStream<Void>.Continuation
    }

    private struct State {
        var waiters: [UInt64: Waiter] = [:]
        var ofKey: [APIKeyID: Int] = [:]
        var lastNumber: UInt64 = 0
    }

    private let store: any GatewayStore
    private let state = Mutex(State())

    package init(store: any GatewayStore) { self.store = store }

    /// The connection as soon as its generation is larger or it has ended, and in any case after `wait`. Nil when it is gone.
    package func connection(
        _ id: ConnectionID, above generation: UInt64, waiting wait: Duration, for key: APIKeyID,
        isStopping: @Sendable () -> Bool = { false }
    ) async throws -> Connection? {
        let end = ContinuousClock.now + min(wait, Self.longestWait)
        // Before the first look, so that a replacement between look and wait still rings.
        let (bells, bell) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let number = try enter(Waiter(connection: id, key: key, bell: bell))
        defer { leave(number) }
        while true {
            let connection = try await store.connection(id)
            guard let connection, connection.generation <= generation, connection.status != .disconnected else {
                return connection
            }
            let left = end - ContinuousClock.now
            guard left > .zero, !isStopping(), !Task.isCancelled else { return connection }
            await Self.pause(bells, ringing: bell, after: min(left, Self.lookAgainAfter))
        }
    }

    /// Called by whoever replaced a token in this process.
    package func announce(_ id: ConnectionID) {
        let bells = state.withLock { state in state.waiters.values.filter { $0.connection == id }.map(\.bell) }
        for bell in bells { bell.yield() }
    }

    package var count: Int { state.withLock { $0.waiters.count } }

    private func enter(_ waiter: Waiter) throws(WatchRefusal) -> UInt64 {
        let result: Result<UInt64, WatchRefusal> = state.withLock { state in
            guard state.waiters.count < Self.waitersInAll else { return .failure(.tooMany) }
            guard state.ofKey[waiter.key, default: 0] < Self.waitersOfOneKey else { return .failure(.tooManyOfKey) }
            state.lastNumber += 1
            state.waiters[state.lastNumber] = waiter
            state.ofKey[waiter.key, default: 0] += 1
            return .success(state.lastNumber)
        }
        return try result.get()
    }

    private func leave(_ number: UInt64) {
        state.withLock { state in
            guard let waiter = state.waiters.removeValue(forKey: number) else { return }
            let left = state.ofKey[waiter.key, default: 1] - 1
            state.ofKey[waiter.key] = left > 0 ? left : nil
        }
    }

    private static func pause(
        _ bells: AsyncStream<Void>, ringing bell: AsyncStream<Void>.Continuation, after time: Duration
    ) async {
        let timer = Task {
            try await Task.sleep(for: time)
            bell.yield()
        }
        defer { timer.cancel() }
        for await _ in bells { return }
    }
}

/// Why nobody more may wait.
package enum WatchRefusal: Explained, Equatable {
    case tooMany
    case tooManyOfKey

    package var explanation: Explanation {
        switch self {
        case .tooMany:
            Explanation(
                code: "generation.too_many_waiters", message: "Too many programs wait for new tokens just now.",
                remedy: "Try again in a few seconds.")
        case .tooManyOfKey:
            Explanation(
                code: "generation.too_many_waiters", message: "Too many calls with this key wait for new tokens.",
                remedy: "Wait in fewer calls at once.")
        }
    }
}
