import FoundationEssentials
package import GatewayCore
package import Storage
package import TokenVault

/// Brings the keyring from the store into memory, and makes the first data key of a new installation.
package struct KeyringLoader: Sendable {
    let store: any GatewayStore
    let clock: any WallClock

    package init(store: any GatewayStore, clock: any WallClock) {
        self.store = store
        self.clock = clock
    }

    /// The keyring as it stands; a store without any data key gets one. Two starts at once end with the same one.
    package func load(rootKey: RootKey) async throws -> Keyring {
        var stored = try await store.dataKeys()
        if stored.isEmpty {
            try await insertFirstKey(rootKey: rootKey)
            stored = try await store.dataKeys()
        }
        return try Keyring(
            unwrapping: try stored.map(Self.wrapped), rootKey: rootKey, oldest: try await oldestOpening())
    }

    /// A limit that cannot be read is not the same as none.
    func oldestOpening() async throws -> DataKeyID? {
        guard let limit = try await store.oldestOpeningKey() else { return nil }
        guard let id = DataKeyID(limit) else { throw StorageError.damaged }
        return id
    }

    private func insertFirstKey(rootKey: RootKey) async throws {
        let key = try Keyring.generateDataKey(id: DataKeyID(1), state: .primary, rootKey: rootKey, at: clock.now)
        let event = AuditEvent(at: clock.now, actor: .system, action: .dataKeyGenerated, subject: key.id.description)
        do {
            try await store.insertFirstDataKey(Self.stored(key), audit: event)
        } catch StorageError.conflict {
            // Another process was faster; its key is as good.
        }
    }

    static func wrapped(_ row: StoredDataKey) throws -> WrappedDataKey {
        guard let id = DataKeyID(row.id), let state = DataKeyState(rawValue: row.state) else {
            throw StorageError.damaged
        }
        return WrappedDataKey(
            id: id, state: state, wrapped: row.wrapped, rootKeyCheckValue: row.rootKeyCheckValue,
            createdAt: row.createdAt, activatedAt: row.activatedAt, retiredAt: row.retiredAt)
    }

    static func stored(_ key: WrappedDataKey) -> StoredDataKey {
        StoredDataKey(
            id: key.id.description, state: key.state.rawValue, wrapped: key.wrapped,
            rootKeyCheckValue: key.rootKeyCheckValue, createdAt: key.createdAt, activatedAt: key.activatedAt,
            retiredAt: key.retiredAt)
    }
}
