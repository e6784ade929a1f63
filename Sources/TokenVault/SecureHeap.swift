import COpenSSL
package import GatewayCore
import Synchronization

/// How well the secure heap is protected.
package enum SecureHeapState: Sendable, Equatable {
    /// Locked into memory, guarded, left out of core dumps.
    case locked
    /// In use, but the pages may be swapped out: the limit on locked memory is too low.
    case notLocked
}

package enum SecureHeapError: Explained, Equatable {
    case unavailable
    case full
    /// Neither locked nor out of swap's reach.
    case swappable

    package var explanation: Explanation {
        switch self {
        case .unavailable:
            Explanation(
                code: "secure_heap.unavailable",
                message: "The protected memory for keys could not be set up.",
                remedy: "Allow at least 1 MiB of locked memory (LimitMEMLOCK in the unit file) and start again.")
        case .swappable:
            Explanation(
                code: "secure_heap.swappable",
                message: "The memory for keys cannot be locked and this machine has swap, so keys could reach a disk.",
                remedy: "Allow at least 1 MiB of locked memory (LimitMEMLOCK in the unit file), or switch swap off.")
        case .full:
            Explanation(
                code: "secure_heap.full",
                message: "The protected memory for keys is full.",
                remedy: "Destroy data keys that no record needs, and start again.")
        }
    }
}

/// libcrypto's arena for keys: one for each process, started once, never ended.
package enum SecureHeap {
    /// In octets; a data key in use takes about 200 of them. An eighth of what a process may usually lock.
    private static let size = 1 << 20
    private static let smallestPiece = 32
    private static let state = Mutex<SecureHeapState?>(nil)

    /// Starts the arena; later calls return what the first one found.
    @discardableResult
    package static func start() throws(SecureHeapError) -> SecureHeapState {
        let found = state.withLock { state in
            if state == nil { state = begin() }
            return state
        }
        guard let found else { throw .unavailable }
        return found
    }

    private static func begin() -> SecureHeapState? {
        switch CRYPTO_secure_malloc_init(size, smallestPiece) {
        case 1: .locked
        case 2: .notLocked
        default: nil
        }
    }
}
