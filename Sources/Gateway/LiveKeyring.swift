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

    private let live: LiveRootKey

    private struct State {
        var version: Int64
        var isBlocked = false
        var isRootKeyBehind = false
    }

    /// Loads it, and makes the first data key of a new installation.
    package init(store: any GatewayStore, rootKey: LiveRootKey, clock: any WallClock) async throws {
        // Before the keys, so that the number never promises a key that was not read.
        let version = try await store.keyringVersion()
        vault = Vault(keyring: try await KeyringLoader(store: store, clock: clock).load(rootKey: rootKey.value))
        self.store = store
        self.clock = clock
        live = rootKey
        state = Mutex(State(version: version))
        try await allow(Self.firstSeals, under: vault.primaryKeyID)
    }

    package convenience init(store: any GatewayStore, rootKey: RootKey, clock: any WallClock) async throws {
        try await self.init(store: store, rootKey: LiveRootKey(rootKey), clock: clock)
    }

    package var version: Int64 { state.withLock(\.version) }

    package var rootKey: RootKey { live.value }

    /// What `body` makes with the root key.
    func withRootKey<Made>(_ body: (RootKey) async throws -> Made) async throws -> Made { try await live.use(body) }

    /// Takes over what other processes changed, the root key included. One small read when nothing did.
    package func catchUp() async throws {
        let stored = try await store.keyringVersion()
        guard stored > version else { return }
        guard try await isRootKeyWithinReach() else { return try await takeOverLimit(asOf: stored) }
        let new = try await live.use { try await loader.load(rootKey: $0) }
        // Before the switch, so that nobody finds the new key without a seal to spend.
        if vault.sealsLeft(under: new.primaryKeyID) == 0 {
            try await allow(Self.firstSeals, under: new.primaryKeyID)
        }
        takeOver(stored) { vault.replaceKeyring(new) }
    }

    /// Of two that catch up at once the slower one may have read less: what is older than what is there changes nothing.
    private func takeOver(_ version: Int64, _ change: () -> Void) {
        state.withLock { state in
            guard version > state.version else { return }
            change()
            state.version = version
        }
    }

    /// False when only the wrappings changed and the new root key cannot be reached: it was moved, and this process was
    /// started with the former place. The data keys in memory are as good as before, so nothing fails; a data key that it
    /// cannot unwrap is another matter.
    private func isRootKeyWithinReach() async throws -> Bool {
        let wanted = try await store.rootKeyInUse()
        let isWithinReach = wanted.map(live.follow) ?? true
        state.withLock { $0.isRootKeyBehind = !isWithinReach }
        guard !isWithinReach else { return true }
        let stored = try await store.dataKeys().map { ($0.id, $0.state) }
        let known = vault.states
        guard stored.count == known.count,
            stored.allSatisfy({ id, state in DataKeyID(id).flatMap { known[$0] }?.rawValue == state })
        else { throw KeyringError.wrongRootKey }
        return false
    }

    /// Which keys may open is no secret, and counts without the root key as well (KEY-15).
    private func takeOverLimit(asOf version: Int64) async throws {
        let oldest = try await loader.oldestOpening()
        takeOver(version) { vault.limit(to: oldest) }
    }

    private var loader: KeyringLoader { KeyringLoader(store: store, clock: clock) }

    /// Whether the store is wrapped by a root key that this process does not reach: a restart with the new place is due. As
    /// it was when the keyring was last compared.
    package var isRootKeyBehind: Bool { state.withLock(\.isRootKeyBehind) }

    /// Takes seals of the primary key ahead of their use, so that a killed process leaves the count too high and never too
    /// low (CR-22). Called each second by a running service, and by whoever ran out of them.
    package func accountSeals() async throws {
        let primary = vault.primaryKeyID
        guard (vault.sealsLeft(under: primary) ?? 0) < Self.sealsAhead / 2 else { return }
        try await allow(Self.sealsAhead, under: primary)
    }

    /// Asked before Zendesk is made to give tokens: what cannot be sealed would have to be thrown away.
    package func maySeal() async -> Bool {
        let left = vault.sealsLeft(under: vault.primaryKeyID) ?? .max
        guard left < Self.firstSeals / 2 else { return true }
        try? await accountSeals()
        return vault.sealsLeft(under: vault.primaryKeyID) ?? .max > 0
    }

    /// Seals nothing any more when a key is used far beyond its time and the operator wants it so (KEY-23).
    package func block(_ isBlocked: Bool) {
        state.withLock { $0.isBlocked = isBlocked }
        if isBlocked { vault.allowNothing() }
    }

    /// A key that has sealed all it may gets no more; its seals are refused then.
    private func allow(_ seals: Int64, under id: DataKeyID) async throws {
        guard !state.withLock(\.isBlocked) else { return vault.allowNothing() }
        let taken = try await store.reserveSeals(seals, of: id.description)
        vault.allow(taken == nil ? 0 : seals, under: id)
    }

    /// What a command needs; small, for what it does not use is lost.
    package static let firstSeals: Int64 = 1 << 10
    /// More than a service seals in some seconds besides reseals, which count by themselves.
    package static let sealsAhead: Int64 = 1 << 16

    /// For the moment after the root key was replaced: the data keys in memory stay as they are.
    package func replaceRootKey(_ new: RootKey) { live.replace(new) }
}
