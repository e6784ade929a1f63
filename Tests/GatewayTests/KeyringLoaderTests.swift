import Foundation
import Gateway
import GatewayCore
import Storage
import StorageSQLite
import TestSupport
import Testing
import TokenVault

@Suite("Keyring loader") struct KeyringLoaderTests {
    @Test func `a store without keys gets one, and the next start finds it`() async throws {
        let (store, loader) = try world()
        let root = try RootKeys.draw()
        let first = try await loader.load(rootKey: root)
        let second = try await loader.load(rootKey: root)
        #expect(first.primaryKeyID == second.primaryKeyID && second.states.count == 1)
        #expect(try await store.dataKeys().count == 1)
        #expect(try await store.auditEntries(after: 0, limit: 10).map(\.event.action) == [.dataKeyGenerated])
    }

    @Test func `what one start sealed the next one opens`() async throws {
        let (_, loader) = try world()
        let root = try RootKeys.draw()
        let context = SealingContext(
            tenant: "t", table: "a", row: "b", column: "c", generation: 1, organization: "acme")
        let sealed = try Vault(keyring: try await loader.load(rootKey: root)).seal(Secret("canary"), in: context)
        let opened = try Vault(keyring: try await loader.load(rootKey: root)).open(sealed, in: context)
        #expect(opened.exposeText() == "canary")
    }

    @Test func `a start that comes second between look and write takes the first one's key`() async throws {
        let (store, loader) = try world()
        let root = try RootKeys.draw()
        store.before(.insertFirstDataKey) { _ = try await loader.load(rootKey: root) }
        let keyring = try await loader.load(rootKey: root)
        let keys = try await store.dataKeys()
        #expect(keys.count == 1 && keys.first?.id == keyring.primaryKeyID.description)
        #expect(try await store.auditEntries(after: 0, limit: 10).count == 1)
    }

    @Test func `twenty starts at once end with one key`() async throws {
        let (store, loader) = try world()
        let root = try RootKeys.draw()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<20 { group.addTask { _ = try await loader.load(rootKey: root) } }
            try await group.waitForAll()
        }
        #expect(try await store.dataKeys().count == 1)
    }

    @Test func `a foreign root key is refused and adds no key`() async throws {
        let (store, loader) = try world()
        _ = try await loader.load(rootKey: try RootKeys.draw())
        let other = try RootKeys.draw()
        await #expect(throws: KeyringError.wrongRootKey) { try await loader.load(rootKey: other) }
        #expect(try await store.dataKeys().count == 1)
    }

    @Test func `a store that cannot be written makes no keyring`() async throws {
        let (store, loader) = try world()
        store.fail(.insertFirstDataKey)
        let root = try RootKeys.draw()
        await #expect(throws: StorageError.unwritable) { try await loader.load(rootKey: root) }
    }

    private func world() throws -> (TroubledStore, KeyringLoader) {
        let store = TroubledStore(try SQLiteStore.inMemory())
        return (store, KeyringLoader(store: store, clock: HandClock()))
    }
}
