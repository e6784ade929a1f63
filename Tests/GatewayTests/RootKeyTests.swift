import Foundation
import Gateway
import GatewayCore
import Storage
import StorageSQLite
import TestSupport
import Testing
import TokenVault

@Suite("Root key replacement, in one process") struct RootKeyTests {
    private let directory: String
    private let store: TroubledStore
    private let clock = HandClock()
    private let context = SealingContext(
        tenant: "t", table: "a", row: "b", column: "c", generation: 1, organization: "acme")

    init() throws {
        store = TroubledStore(try SQLiteStore.inMemory())
        directory = NSTemporaryDirectory() + "/root-key-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        try SecureHeap.start()
        _ = try RootKeyFile.create(at: directory + "/root.key")
    }

    private var source: RootKeySource { .file(directory + "/root.key") }
    private var lockPath: String { directory + "/lock" }

    /// As another process would start.
    private func process(_ source: RootKeySource? = nil) async throws -> (LiveRootKey, LiveKeyring) {
        let source = source ?? self.source
        let rootKey = try await LiveRootKey(
            choosing: source.candidates(), from: source, store: store, lock: lockPath)
        return (rootKey, try await LiveKeyring(store: store, rootKey: rootKey, clock: clock))
    }

    private func replacement(_ keyring: LiveKeyring) -> RootKeyReplacement {
        RootKeyReplacement(store: store, keyring: keyring, source: source, lockPath: lockPath, clock: clock)
    }

    private func rotation(_ keyring: LiveKeyring) -> KeyRotation {
        KeyRotation(store: store, keyring: keyring, clock: clock, random: SystemRandomSource())
    }

    @Test func `KEY-21: only wrappings change, every state and history stays, and one entry says so`() async throws {
        let (_, keyring) = try await process()
        _ = try await rotation(keyring).generate(actor: .commandLine)
        let sealed = try keyring.vault.seal(Secret("canary"), in: context)
        let before = try await store.dataKeys()
        let replaced = try await replacement(keyring).run(
            reason: try ChangeReason("somebody left"), actor: .commandLine)
        let after = try await store.dataKeys()
        #expect(
            zip(before, after).allSatisfy { $0.id == $1.id && $0.state == $1.state && $0.createdAt == $1.createdAt })
        #expect(
            zip(before, after).allSatisfy { $0.wrapped != $1.wrapped && $0.rootKeyCheckValue != $1.rootKeyCheckValue })
        #expect(try keyring.vault.open(sealed, in: context).exposeText() == "canary")
        let (_, next) = try await process()
        #expect(try next.vault.open(sealed, in: context).exposeText() == "canary")
        let entries = try await store.auditEntries(after: 0, limit: 100).filter { $0.event.action == .rootKeyReplaced }
        #expect(entries.count == 1 && entries[0].event.subject?.contains(replaced.new) == true)
        #expect(entries[0].event.subject?.hasSuffix("root.key; reason: somebody left") == true, "KEY-30")
        #expect(FileManager.default.fileExists(atPath: directory + "/root.key.next") == false)
    }

    @Test func `KEY-21: a data key that is made between look and write is wrapped anew, too`() async throws {
        let (_, keyring) = try await process()
        let (_, other) = try await process()
        store.before(.replaceRootKey) { _ = try await rotation(other).generate(actor: .commandLine) }
        let replaced = try await replacement(keyring).run(actor: .commandLine)
        #expect(replaced.dataKeys == 2)
        #expect(try await Set(store.dataKeys().map(\.rootKeyCheckValue)).count == 1)
        _ = try await process()
    }

    @Test func `KEY-21: from the commit on no process adds a key under the former root key`() async throws {
        let (_, keyring) = try await process()
        let (_, late) = try await process()
        let stranger = try KeyringRow.made(DataKeyID(7), late.rootKey, clock.now)
        _ = try await replacement(keyring).run(actor: .commandLine)
        await #expect(throws: StorageError.conflict) {
            try await store.insertDataKey(stranger, audit: KeyringRow.event(clock.now))
        }
        // The late process learns of it and makes its key under the new one.
        let made = try await rotation(late).generate(actor: .commandLine)
        #expect(made.rootKeyCheckValue == keyring.rootKey.checkValue)
        #expect(late.rootKey.checkValue == keyring.rootKey.checkValue)
    }

    @Test func `KEY-21: a store that cannot be written leaves the former root key, and nothing beside it`() async throws
    {
        let (_, keyring) = try await process()
        store.fail(.replaceRootKey)
        await #expect(throws: StorageError.unwritable) { try await replacement(keyring).run(actor: .commandLine) }
        #expect(!FileManager.default.fileExists(atPath: directory + "/root.key.next"))
        store.heal(.replaceRootKey)
        _ = try await process()
        _ = try await replacement(keyring).run(actor: .commandLine)
        _ = try await process()
    }

    @Test
    func `KEY-21: a new key stays where it lies until a later write is durable, for a failed commit can come back`()
        async throws
    {
        let (_, keyring) = try await process()
        store.fail(.replaceRootKey)
        store.fail(.append)
        await #expect(throws: StorageError.unwritable) { try await replacement(keyring).run(actor: .commandLine) }
        let next = directory + "/root.key.next"
        #expect(FileManager.default.fileExists(atPath: next))
        // Nor does the next attempt clear it away before it has written something.
        store.heal(.replaceRootKey)
        store.fail(.checkHealth)
        await #expect(throws: StorageError.unwritable) { try await replacement(keyring).run(actor: .commandLine) }
        #expect(FileManager.default.fileExists(atPath: next))
        for operation: TroubledStore.Operation in [.append, .checkHealth] { store.heal(operation) }
        _ = try await replacement(keyring).run(actor: .commandLine)
        #expect(!FileManager.default.fileExists(atPath: next))
        _ = try await process()
    }

    @Test func `AUD-01: a replacement that failed has an entry, with both keys and who tried`() async throws {
        let (_, keyring) = try await process()
        store.fail(.replaceRootKey)
        await #expect(throws: StorageError.unwritable) {
            try await replacement(keyring).run(reason: try ChangeReason("SEC-9"), actor: .commandLine)
        }
        let entry = try #require(try await store.auditEntries(after: 0, limit: 100).last?.event)
        #expect(entry.action == .rootKeyReplaced && entry.outcome == .failed(code: "root_key.not_replaced"))
        #expect(entry.actor == .commandLine)
        #expect(entry.subject?.hasPrefix(keyring.rootKey.fingerprint) == true)
        #expect(entry.subject?.hasSuffix("; reason: SEC-9") == true)
    }

    @Test func `KEY-22: a former key that an interrupted move left behind is told of until it is removed`() async throws
    {
        let (_, keyring) = try await process()
        let former = try Data(contentsOf: URL(filePath: directory + "/root.key"))
        _ = try await replacement(keyring).run(
            to: .file(directory + "/moved.key"), actor: .commandLine)
        #expect(try await store.rootKeyInUse()?.leftBehind == nil)
        // As a kill between the commit and the removal leaves it.
        let path = directory + "/root.key"
        try former.write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        #expect(try await store.rootKeyInUse()?.leftBehind == path)
        try FileManager.default.removeItem(atPath: path)
        _ = try RootKeyFile.create(at: path)
        #expect(try await store.rootKeyInUse()?.leftBehind == nil, "another installation's key is nobody's business")
    }

    @Test func `KEY-15, KEY-22: a process that cannot reach the new place takes a limit over all the same`()
        async throws
    {
        let (_, keyring) = try await process()
        let (_, service) = try await process()
        let sealed = try service.vault.seal(Secret("canary"), in: context)
        _ = try await rotation(keyring).rotate(actor: .commandLine)
        try await service.catchUp()
        let target = RootKeySource.file(directory + "/moved.key")
        _ = try await replacement(keyring).run(to: target, actor: .commandLine)
        _ = try await rotation(keyring).setOldestOpening("dk-2", actor: .commandLine)
        try await service.catchUp()
        #expect(service.isRootKeyBehind)
        #expect(throws: VaultError.sealedUnderOldKey(DataKeyID(1))) { _ = try service.vault.open(sealed, in: context) }
        #expect(try await service.version == store.keyringVersion())
    }

    @Test func `KEY-22: a process that cannot reach the new place goes on with the data keys it has`() async throws {
        let (_, keyring) = try await process()
        let (_, service) = try await process()
        let sealed = try service.vault.seal(Secret("canary"), in: context)
        let target = RootKeySource.file(directory + "/moved.key")
        _ = try await replacement(keyring).run(to: target, actor: .commandLine)
        try await service.catchUp()
        #expect(service.isRootKeyBehind)
        #expect(try service.vault.open(sealed, in: context).exposeText() == "canary")
        #expect(try await service.version == store.keyringVersion())
        // What it would wrap would not open for anybody: refused, not written.
        await #expect(throws: (any Error).self) { try await rotation(service).generate(actor: .commandLine) }
        // A data key that it cannot unwrap is not passed over in silence.
        let (_, moved) = try await process(target)
        _ = try await rotation(moved).generate(actor: .commandLine)
        await #expect(throws: KeyringError.wrongRootKey) { try await service.catchUp() }
        _ = try RootKeyFile.create(at: directory + "/stranger.key")
        await #expect(throws: RootKeyMismatch.self) {
            let started = try await process(.file(directory + "/stranger.key"))
            _ = started
        }
    }

    @Test func `KEY-25: the audit key signs on under another root key`() async throws {
        let (rootKey, keyring) = try await process()
        let log = AuditLog(store: store, rootKey: rootKey, witnesses: [], clock: clock, metrics: Metrics())
        let before = try #require(try await log.checkpoint())
        _ = try await replacement(keyring).run(actor: .commandLine)
        let (fresh, _) = try await process()
        let next = AuditLog(store: store, rootKey: fresh, witnesses: [], clock: clock, metrics: Metrics())
        let after = try #require(try await next.checkpoint())
        #expect(after.keyID == before.keyID && after.size > before.size)
        // And the process that replaced it can replace the audit key, too.
        #expect(try await log.replaceKey(actor: .commandLine).rootKeyCheckValue == fresh.value.checkValue)
    }
}

private enum KeyringRow {
    static func made(_ id: DataKeyID, _ rootKey: RootKey, _ moment: Date) throws -> StoredDataKey {
        let key = try Keyring.generateDataKey(id: id, state: .enabled, rootKey: rootKey, at: moment)
        return StoredDataKey(
            id: key.id.description, state: key.state.rawValue, wrapped: key.wrapped,
            rootKeyCheckValue: key.rootKeyCheckValue, createdAt: key.createdAt, activatedAt: nil, retiredAt: nil)
    }

    static func event(_ moment: Date) -> AuditEvent {
        AuditEvent(at: moment, actor: .commandLine, action: .dataKeyGenerated)
    }
}
