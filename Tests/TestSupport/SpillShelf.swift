import Gateway
package import Storage
import Synchronization

/// A spill in memory, which can be full.
package final class SpillShelf: RefreshSpill {
    package struct Full: Error {}

    private struct State {
        var kept: [CredentialRenewal] = []
        var isFull = false
    }

    private let state = Mutex(State())

    package init() {}

    package var kept: [CredentialRenewal] { state.withLock(\.kept) }
    package func fill() { state.withLock { $0.isFull = true } }

    package func keep(_ renewal: CredentialRenewal) throws {
        try state.withLock { state in
            guard !state.isFull else { throw Full() }
            state.kept.append(renewal)
        }
    }

    package func remove(_ renewal: CredentialRenewal) { state.withLock { $0.kept.removeAll { $0 == renewal } } }

    package func waiting() -> (renewals: [CredentialRenewal], unreadable: [String]) { (kept, []) }
}
