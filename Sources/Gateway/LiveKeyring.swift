import FoundationEssentials
package import GatewayCore
package import Storage
import Synchronization
package import TokenVault

/// The keyring this process seals and opens with, kept in step with the store.
package final class LiveKeyring: Sendable {
    package let vault: Vault
    private let store: any GatewayStore
    private let clock: any WallClock
    private let state: Mutex<State>

    private struct State {
        var version: Int64
        var rootKey: RootKey
        var reserved: (key: DataKeyID?, left: Int64) = (nil, 0)
    }

    /// Loads it, and makes the first data key of a new installation.
    package init(store: any GatewayStore, rootKey: RootKey, clock: any WallClock) async throws {
        // Before the keys, so that the number never promises a key that was not read.
        let version = try await store.keyringVersion()
        vault = Vault(keyring: try await KeyringLoader(store: store, clock: clock).load(rootKey: rootKey))
        self.store = store
        self.clock = clock
        state = Mutex(State(version: version, rootKey: rootKey))
    }

    package var version: Int64 { state.withLock(\.version) }

    package var rootKey: RootKey { state.withLock(\.rootKey) }

    /// Takes over what other processes changed. One small read when nothing did.
    package func catchUp() async throws {
        let stored = try await store.keyringVersion()
        guard stored != version else { return }
        vault.replaceKeyring(
            try await KeyringLoader(store: store, clock: clock).load(rootKey: rootKey))
        state.withLock { $0.version = max($0.version, stored) }
    }

    /// Takes seals of the primary key ahead of their use, so that a killed process leaves the count too high and never too
    /// low (CR-22). Called before the first seal and each second.
    package func accountSeals() async throws {
        let used = vault.takeSealCounts()
        let primary = vault.primaryKeyID
        let left = state.withLock { state in
            if state.reserved.key != primary { state.reserved = (primary, 0) }
            state.reserved.left -= used[primary] ?? 0
            return state.reserved.left
        }
        guard left < Self.sealsAhead / 2 else { return }
        _ = try await store.reserveSeals(Self.sealsAhead, of: primary.description)
        state.withLock { $0.reserved.left += Self.sealsAhead }
    }

    /// More than a process can seal in a second.
    private static let sealsAhead: Int64 = 1 << 20

    /// For the moment after the root key was replaced: the data keys in memory stay as they are.
    package func replaceRootKey(_ new: RootKey) {
        state.withLock { $0.rootKey = new }
    }
}
