import Foundation
import Gateway
import GatewayCore
import Storage
import StorageSQLite
import TestSupport
import Testing
import TokenVault

@testable import GatewayApp

/// A service that was started with the former place of a root key that was moved since.
private struct ServiceLeftBehind {
    let store: SQLiteStore
    let clock = HandClock()
    let metrics = Metrics()
    let lines = CollectedLines()
    let service: LiveKeyring
    let moved: LiveKeyring
    let watcher: KeyringWatcher

    init(in scratch: Scratch) async throws {
        let store = try SQLiteStore.inMemory()
        let (lock, clock) = (scratch.path + "/lock", clock)
        try SecureHeap.start()
        try NewRootKey.make(at: scratch.path + "/root.key")
        func process(_ name: String) async throws -> (RootKeySource, LiveKeyring) {
            let source = RootKeySource.file(scratch.path + "/" + name)
            let rootKey = try await LiveRootKey(
                choosing: source.candidates(), from: source, store: store, lock: lock)
            return (source, try await LiveKeyring(store: store, rootKey: rootKey, clock: clock))
        }
        let (source, first) = try await process("root.key")
        service = try await process("root.key").1
        let replacement = RootKeyReplacement(
            store: store, keyring: first, source: source, lockPath: lock, clock: clock)
        _ = try await replacement.run(to: .file(scratch.path + "/moved.key"), actor: .commandLine)
        moved = try await process("moved.key").1
        self.store = store
        watcher = KeyringWatcher(
            keyring: service,
            rotation: KeyRotation(store: store, keyring: service, clock: clock, random: SystemRandomSource()),
            store: store, clock: clock, node: "node-behind", metrics: metrics,
            logger: lines.logger())
    }

    /// As another process rotates, while the service has its turn each second.
    func rotation() -> KeyRotation {
        let (clock, store) = (clock, store)
        return KeyRotation(store: store, keyring: moved, clock: clock, random: SystemRandomSource()) { duration in
            clock.advance(by: 1)
            for _ in 0..<200 {
                let seen = try await store.nodes(seenSince: clock.now)
                guard seen.isEmpty else { return }
                try await Task.sleep(for: .milliseconds(1))
            }
        }
    }
}

@Suite("A service and its keyring") struct KeyringWatcherTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test("KEY-03: a service that cannot load a new data key says that it lives, and nobody promotes the key meanwhile")
    func keepsBeating() async throws {
        let world = try await ServiceLeftBehind(in: scratch)
        var watcher = world.watcher
        watcher.interval = .milliseconds(1)
        let running = Task { [watcher] in try await watcher.run() }
        defer { running.cancel() }
        let rotation = world.rotation()
        try await rotation.generate(actor: .commandLine)
        await #expect(throws: KeyRotationRefusal.nodeBehind(node: "node-behind", key: "dk-2")) {
            try await rotation.promote("dk-2", actor: .commandLine)
        }
        #expect(try await world.store.dataKeys().map(\.state) == ["primary", "enabled"])
        let nodes = try await world.store.nodes(seenSince: world.clock.now.addingTimeInterval(-1))
        #expect(nodes.map(\.keyringVersion) == [world.service.version])
        #expect(nodes.first?.rootKey == world.service.rootKey.checkValue)
        #expect(world.lines.text.contains("keyring could not be compared"))
    }

    @Test("KEY-22: a service that does not reach the root key says so in its log once, and as a metric all the time")
    func behind() async throws {
        let world = try await ServiceLeftBehind(in: scratch)
        var wasBehind = false
        for _ in 0..<3 { await world.watcher.tick(world.clock.now, &wasBehind) }
        #expect(wasBehind && world.metrics.text().contains("latchkey_root_key_behind 1"))
        #expect(world.lines.text.components(separatedBy: "the root key was replaced").count == 2)
    }
}
