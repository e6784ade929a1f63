package import Storage
import Synchronization

/// A store that works until it is told where to fail.
///
/// It is told by the name of the operation, which is then refused as a full disk would; and it can pause an operation for
/// a test that wants something else to happen first.
package struct TroubledStore: GatewayStore {
    package enum Operation: Sendable, Hashable {
        case append, saveConnected, eraseCredential, recordPreflight, consumePending, insertFirstDataKey
        case queueRevocation
        case beginRefresh, takeOverRefresh, noteRefresh, replaceCredential
        case credential, refreshState
        case insertLease, advanceReseal, insertDataKey, replaceRootKey, checkHealth, oldestOpeningKey
    }

    let inner: any GatewayStore
    /// The store without the troubles.
    package var inside: any GatewayStore { inner }
    private let troubles = Troubles()

    package init(_ inner: any GatewayStore) {
        self.inner = inner
    }

    /// Every later call of this operation throws.
    package func fail(_ operation: Operation, with error: StorageError = .unwritable) {
        troubles.state.withLock { $0.failing[operation] = error }
    }

    package func heal(_ operation: Operation) {
        troubles.state.withLock { $0.failing[operation] = nil }
    }

    /// The next call of this operation takes effect and fails all the same, as a commit whose answer is lost.
    package func loseAnswer(of operation: Operation) {
        _ = troubles.state.withLock { $0.lost.insert(operation) }
    }

    func part(_ operation: Operation) throws {
        if troubles.state.withLock({ $0.lost.remove(operation) }) != nil { throw StorageError.unwritable }
    }

    /// Runs before the next call of this operation, once.
    package func before(_ operation: Operation, _ body: @escaping @Sendable () async throws -> Void) {
        troubles.state.withLock { $0.before[operation] = body }
    }

    /// Runs before each later call of this operation.
    package func beforeEach(_ operation: Operation, _ body: (@Sendable () async throws -> Void)?) {
        troubles.state.withLock { $0.beforeEach[operation] = body }
    }

    func meet(_ operation: Operation) async throws {
        let (body, each) = troubles.state.withLock { state in
            (state.before.removeValue(forKey: operation), state.beforeEach[operation])
        }
        try await body?()
        try await each?()
        if let error = troubles.state.withLock({ $0.failing[operation] }) { throw error }
    }
}

private final class Troubles: Sendable {
    struct State {
        var failing: [TroubledStore.Operation: StorageError] = [:]
        var lost: Set<TroubledStore.Operation> = []
        var before: [TroubledStore.Operation: @Sendable () async throws -> Void] = [:]
        var beforeEach: [TroubledStore.Operation: @Sendable () async throws -> Void] = [:]
    }

    let state = Mutex(State())
}
