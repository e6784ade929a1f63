import Foundation
import Gateway
import GatewayCore
import Storage
import StorageSQLite
import Synchronization
import TestSupport
import Testing
import TokenVault

/// One installation's keys and sealed rows. `node()` is another process over the same store, with a keyring of its own.
final class KeyWorld: Sendable {
    let clock = HandClock()
    let rootKey: RootKey
    let store: TroubledStore
    /// The first process.
    let node: KeyNode
    /// What somebody can do to the file; of no use where the store has none.
    let file: TamperedFile

    init(store: any GatewayStore, path: String = "") async throws {
        file = TamperedFile(path: path)
        rootKey = try RootKeys.draw()
        self.store = TroubledStore(store)
        node = try await KeyNode(store: self.store, rootKey: rootKey, clock: clock)
    }

    convenience init() async throws { try await self.init(store: SQLiteStore.inMemory()) }

    var rotation: KeyRotation { node.rotation }
    var rows: PlantedRows { PlantedRows(vault: node.keyring.vault) }

    /// A process that starts now, over another connection to the file where one is given.
    func anotherNode(over store: (any GatewayStore)? = nil, schedule: KeySchedule = .usual) async throws -> KeyNode {
        try await KeyNode(store: store ?? self.store, rootKey: rootKey, clock: clock, schedule: schedule)
    }

    func keys() async throws -> [String: String] {
        Dictionary(uniqueKeysWithValues: try await store.dataKeys().map { ($0.id, $0.state) })
    }

    func key(_ id: String) async throws -> StoredDataKey {
        try #require(try await store.dataKeys().first { $0.id == id })
    }

    func recorded(_ action: AuditAction) async throws -> [AuditEvent] {
        try await store.auditEntries(after: 0, limit: 100_000).map(\.event).filter { $0.action == action }
    }

    /// Rows that do not open with this keyring.
    func unreadable(by vault: Vault? = nil) async throws -> [String] {
        let vault = vault ?? node.keyring.vault
        return try await store.everySealedRow().filter { !vault.opens($0) }.map(\.row)
    }

    /// As many connections as said, and one row in each other sealed table.
    @discardableResult
    func plant(_ count: Int) async throws -> [Connection] {
        var connections: [Connection] = []
        for number in 0..<count {
            connections.append(try await rows.connection(in: store, "org-\(number)", token: "\(number)"))
        }
        try await rows.others(in: store)
        return connections
    }
}

/// One process: a keyring in memory and what works with it.
struct KeyNode: Sendable {
    let keyring: LiveKeyring
    let rotation: KeyRotation
    let desk: KeyDesk

    init(
        store: any GatewayStore, rootKey: RootKey, clock: HandClock, schedule: KeySchedule = .usual, batch: Int = 3,
        uptime: @escaping @Sendable () -> Duration = { .zero }
    ) async throws {
        keyring = try await LiveKeyring(store: store, rootKey: rootKey, clock: clock)
        rotation = KeyRotation(
            store: store, keyring: keyring, clock: clock, random: SystemRandomSource(), batch: batch
        ) { duration in
            // Time passes while somebody waits.
            clock.advance(by: TimeInterval(duration.components.seconds) + 0.25)
            try Task.checkCancellation()
        }
        desk = KeyDesk(rotation: rotation, schedule: schedule, uptime: uptime)
    }
}

/// A world in a file, the file's directory, and as many stores over the file as the body asks for.
func withKeyFile(
    _ body: (_ world: KeyWorld, _ directory: String, _ open: () async throws -> SQLiteStore) async throws -> Void
) async throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "latchkey-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let opened = Mutex<[SQLiteStore]>([])
    let open: @Sendable () async throws -> SQLiteStore = {
        let store = try await SQLiteStore.open(path: directory + "/store.db", createIfMissing: true)
        opened.withLock { $0.append(store) }
        return store
    }
    defer { for store in opened.withLock({ $0 }) { try? store.close() } }
    try await body(try await KeyWorld(store: try await open(), path: directory + "/store.db"), directory, open)
}

extension KeyRotation {
    func destroyDue() async throws -> [String] { try await carryOutDestructions().destroyed }
}

/// Files of the directory that hold these octets.
func files(in directory: String, holding octets: [UInt8]) throws -> Set<String> {
    try Set(
        FileManager.default.contentsOfDirectory(atPath: directory).filter { name in
            try Data(contentsOf: URL(filePath: directory + "/" + name)).firstRange(of: octets) != nil
        })
}
