import Foundation
import GatewayCore
import Testing

@testable import TokenVault

@Suite struct `Keyring and root key` {
    private func rootKey(_ byte: UInt8) throws -> RootKey {
        try unsafe RootKey(SecureBytes(copying: [UInt8](repeating: byte, count: 32).span.bytes))
    }

    private func refusal(_ wrapped: [WrappedDataKey], _ rootKey: RootKey) -> KeyringError? {
        do throws(KeyringError) {
            _ = try Keyring(unwrapping: wrapped, rootKey: rootKey)
            return nil
        } catch { return error }
    }

    private func changed(
        _ key: WrappedDataKey, id: DataKeyID? = nil, state: DataKeyState? = nil, wrapped: [UInt8]? = nil
    ) -> WrappedDataKey {
        WrappedDataKey(
            id: id ?? key.id, state: state ?? key.state, wrapped: wrapped ?? key.wrapped,
            rootKeyCheckValue: key.rootKeyCheckValue, createdAt: key.createdAt)
    }

    @Test func `CR-25 a wrong root key is refused before any data key is tried`() throws {
        let world = try World()
        #expect(refusal(world.wrapped, try rootKey(0x53)) == .wrongRootKey)
        #expect(KeyringError.wrongRootKey.explanation.code == "keyring.wrong_root_key")
    }

    @Test func `CR-25 the check value is a derivation of its own, not the encryption of zeros`() throws {
        let key = try rootKey(0x52)
        let zeros = ProductionCipher.seal(
            key: [UInt8](repeating: 0x52, count: 32), nonce: [UInt8](repeating: 0, count: 12), aad: [],
            plain: [UInt8](repeating: 0, count: 16))
        #expect(key.checkValue.count == 16 && key.checkValue != zeros?.ciphertext)
        let message: [UInt8] = [0, 0, 0, 1] + Array("latchkey root key check v1".utf8) + [0, 0, 0, 2, 0]
        let expected = LibcryptoAtLarge.hmac("SHA512", key: [UInt8](repeating: 0x52, count: 32), message: message)
        #expect(expected.map { Array($0[..<16]) } == key.checkValue)
    }

    @Test func `KEY a keyring has exactly one primary`() throws {
        let world = try World()
        #expect(refusal([], world.rootKey) == .noPrimary)
        #expect(refusal(world.wrapped.map { changed($0, state: .enabled) }, world.rootKey) == .noPrimary)
        #expect(refusal(world.wrapped.map { changed($0, state: .primary) }, world.rootKey) == .severalPrimaries)
    }

    @Test func `KEY an id is used once`() throws {
        let world = try World()
        let twice = world.wrapped + [changed(world.wrapped[1], state: .retired)]
        #expect(refusal(twice, world.rootKey) == .repeatedID(DataKeyID(2)))
    }

    @Test func `KEY a destroyed key is listed empty or not at all`() throws {
        let world = try World()
        let held = [world.wrapped[0], changed(world.wrapped[1], state: .destroyed)]
        #expect(refusal(held, world.rootKey) == .destroyedKeyStillHeld(DataKeyID(2)))
        let empty = [world.wrapped[0], changed(world.wrapped[1], state: .destroyed, wrapped: [])]
        #expect(refusal(empty, world.rootKey) == nil)
    }

    @Test func `CR-06 a wrapped data key with any one bit flipped is damaged`() throws {
        let world = try World(keys: 1)
        let key = world.wrapped[0]
        #expect(key.wrapped.count == DataKeyWrapping.wrappedCount)
        for bit in 0..<(key.wrapped.count * 8) {
            var bytes = key.wrapped
            bytes[bit / 8] ^= 1 << (bit % 8)
            #expect(refusal([changed(key, wrapped: bytes)], world.rootKey) == .damaged(key.id))
        }
        #expect(refusal([changed(key, wrapped: Array(key.wrapped.dropLast()))], world.rootKey) == .damaged(key.id))
        #expect(refusal([changed(key, wrapped: key.wrapped + [0])], world.rootKey) == .damaged(key.id))
    }

    @Test func `CR-15 a wrapped data key put under another id is damaged`() throws {
        let world = try World(keys: 1)
        #expect(refusal([changed(world.wrapped[0], id: DataKeyID(5))], world.rootKey) == .damaged(DataKeyID(5)))
    }

    @Test func `KEY promoting makes new records go under the new key, and old ones still open`() throws {
        let world = try World()
        let context = World.context()
        let old = try world.vault.seal(Secret("old"), in: context)
        let promoted = [changed(world.wrapped[0], state: .retired), changed(world.wrapped[1], state: .primary)]
        world.vault.replaceKeyring(try Keyring(unwrapping: promoted, rootKey: world.rootKey))
        #expect(world.vault.primaryKeyID == DataKeyID(2))
        #expect(try world.vault.seal(Secret("new"), in: context).keyID == DataKeyID(2))
        #expect(try world.vault.open(old, in: context).exposeText() == "old")
        let destroyed = [changed(world.wrapped[0], state: .destroyed, wrapped: []), promoted[1]]
        world.vault.replaceKeyring(try Keyring(unwrapping: destroyed, rootKey: world.rootKey))
        #expect(throws: VaultError.sealedUnderUnknownKey(DataKeyID(1))) { try world.vault.open(old, in: context) }
    }

    @Test func `KEY replacing the root key rewraps the data keys and leaves records alone`() throws {
        let world = try World()
        let new = try rootKey(0x77)
        let record = try world.vault.seal(Secret("stays"), in: World.context())
        let rewrapped = try world.wrapped.map { try Keyring.rewrap($0, from: world.rootKey, to: new) }
        #expect(refusal(rewrapped, world.rootKey) == .wrongRootKey)
        let vault = Vault(keyring: try Keyring(unwrapping: rewrapped, rootKey: new))
        #expect(try vault.open(record, in: World.context()).exposeText() == "stays")
        #expect(throws: KeyringError.wrongRootKey) { try Keyring.rewrap(rewrapped[0], from: world.rootKey, to: new) }
    }

    @Test func `KEY two generated data keys are unlike, and the primary one is active from then on`() throws {
        let root = try rootKey(1)
        let first = try Keyring.generateDataKey(id: DataKeyID(1), state: .primary, rootKey: root, at: World.now)
        let second = try Keyring.generateDataKey(id: DataKeyID(2), state: .enabled, rootKey: root, at: World.now)
        #expect(first.activatedAt == World.now && second.activatedAt == nil && first.wrapped != second.wrapped)
        let one = Vault(keyring: try Keyring(unwrapping: [first], rootKey: root))
        let record = try one.seal(Secret("x"), in: World.context())
        let swapped = WrappedDataKey(
            id: DataKeyID(1), state: .primary,
            wrapped: try Keyring.generateDataKey(
                id: DataKeyID(1), state: .primary, rootKey: root, at: World.now
            ).wrapped, rootKeyCheckValue: root.checkValue, createdAt: World.now)
        let two = Vault(keyring: try Keyring(unwrapping: [swapped], rootKey: root))
        #expect(throws: VaultError.cannotOpen) { try two.open(record, in: World.context()) }
    }

    @Test func `KEY a data key's id is written and read as dk and its number`() {
        #expect(DataKeyID(7).description == "dk-7" && DataKeyID("dk-7") == DataKeyID(7))
        for text in ["dk-", "dk-07", "dk-+7", "DK-7", "7", "dk-4294967296", "dk--1", "dk-7 "] {
            #expect(DataKeyID(text) == nil)
        }
        #expect(DataKeyID(.max).next == nil && DataKeyID(1).next == DataKeyID(2))
    }

    @Test func `CR-31 keys lie in the secure heap, which fails when it is full`() throws {
        let state = try SecureHeap.start()
        #expect(state == .locked || state == .notLocked)
        #expect(throws: SecureHeapError.full) { _ = try SecureBytes(zeros: (1 << 20) + 1).count }
        #expect(try SecureHeap.start() == state)
    }

    @Test func `CR-35 the root key prints a tag only`() throws {
        let key = try rootKey(0x52)
        #expect("\(key)" == "[root key]" && String(reflecting: key) == "[root key]")
        var dumped = ""
        dump(key, to: &dumped)
        #expect(!dumped.contains("82") && !dumped.contains("checkValue"))
    }
}
