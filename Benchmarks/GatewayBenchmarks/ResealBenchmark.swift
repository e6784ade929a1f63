import Foundation
import GRDB
import Gateway
import GatewayCore
import Storage
import StorageSQLite
import TestSupport
import TokenVault

/// A reseal of every record beside the plain SQLite update of the same rows without any cryptography, each on a copy of the
/// same file; then beside a steady load of token reads at half of what the machine can do.
struct ResealBenchmark {
    private static let rounds = 3

    let rows: Int

    func run() async throws {
        let place = try BenchPlace()
        defer { place.remove() }
        let prepared = try await ResealMaterial.prepare(rows: rows, at: place.file("prepared"))
        print("KEY-05: resealing \(rows) connections, two records each, every commit on disk")
        var (raw, ours) = ([Double](), [Double]())
        for round in 0..<Self.rounds {
            let copies = (try place.copy("prepared", as: "raw"), try place.copy("prepared", as: "ours"))
            raw.append(try prepared.update(copies.0))
            ours.append(try await prepared.reseal(copies.1))
            print(
                "  round \(round + 1): plain update \(Int(raw[round])) rows a second, reseal \(Int(ours[round])), ratio "
                    + "\((ours[round] / raw[round]).hundredths)")
        }
        let ratios = zip(ours, raw).map { $0 / $1 }.sorted()
        print("  median ratio \(ratios[ratios.count / 2].hundredths) (goal 0.90)\n")
        try await ResealUnderLoad(material: prepared, place: place).run()
    }
}

/// Files of one measurement.
struct BenchPlace {
    let directory: URL

    init() throws {
        directory = URL.temporaryDirectory.appendingPathComponent("latchkey-bench-\(UInt64.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
    }

    func file(_ name: String) -> String { directory.appendingPathComponent(name).path }

    /// Of a database that is closed, so that one file is all of it.
    func copy(_ name: String, as copy: String) throws -> String {
        for rest in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file(copy) + rest) }
        try FileManager.default.copyItem(atPath: file(name), toPath: file(copy))
        return file(copy)
    }

    func remove() { try? FileManager.default.removeItem(at: directory) }
}

/// A database with rows under `dk-1` and `dk-2` promoted, and the two ways to bring them there.
struct ResealMaterial {
    let rows: Int
    let rootKey: RootKey

    static func prepare(rows: Int, at path: String) async throws -> ResealMaterial {
        let store = try await SQLiteStore.open(path: path, createIfMissing: true)
        let rootKey = try RootKeys.draw()
        let keyring = try await LiveKeyring(store: store, rootKey: rootKey, clock: SystemClock())
        let rotation = KeyRotation(
            store: store, keyring: keyring, clock: SystemClock(), random: SystemRandomSource())
        // As long as Zendesk's tokens usually are.
        let vault = Vault(
            keyring: try await KeyringLoader(store: store, clock: SystemClock()).load(rootKey: rootKey))
        try await PlantedRows(vault: vault).many(rows, at: path, tokenOctets: 64)
        try await rotation.promote(try await rotation.generate(actor: .system).id, actor: .system)
        try store.close()
        return ResealMaterial(rows: rows, rootKey: rootKey)
    }

    /// The same statement over the same rows in the same batches; ids and new octets are at hand before the clock starts.
    func update(_ path: String) throws -> Double {
        var configuration = Configuration()
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA secure_delete = ON") }
        let pool = try DatabasePool(path: path, configuration: configuration)
        defer { try? pool.close() }
        try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
        let replacements = try pool.read { database in
            try Row.fetchAll(
                database,
                sql: "SELECT connection_id, access_token, refresh_token FROM credentials ORDER BY connection_id"
            ).map { row -> StatementArguments in
                let (access, refresh): (Data, Data) = (row[1], row[2])
                return [Data(access.reversed()), Data(refresh.reversed()), "dk-2", row[0] as String, "dk-1", 1]
            }
        }
        let time = try ContinuousClock().measure {
            for start in stride(from: 0, to: replacements.count, by: KeyRotation.batch) {
                try pool.write { database in
                    let statement = try database.cachedStatement(
                        sql: """
                            UPDATE credentials SET access_token = ?, refresh_token = ?, key_id = ?
                            WHERE connection_id = ? AND key_id = ? AND generation = ?
                            """)
                    for arguments in replacements[start..<min(start + KeyRotation.batch, replacements.count)] {
                        try statement.execute(arguments: arguments)
                    }
                }
            }
        }
        return Double(rows) / (time.microseconds / 1e6)
    }

    func reseal(_ path: String) async throws -> Double {
        let store = try await SQLiteStore.open(path: path, createIfMissing: false)
        defer { try? store.close() }
        let rotation = try await rotation(store)
        let clock = ContinuousClock()
        let begun = clock.now
        let resealed = try await rotation.reseal(actor: .system)
        let time = clock.now - begun
        guard resealed.run.done == rows, resealed.unreadableCount == 0 else {
            throw BenchmarkFailure("not every row was resealed")
        }
        return Double(rows) / (time.microseconds / 1e6)
    }

    func rotation(_ store: SQLiteStore) async throws -> KeyRotation {
        let keyring = try await LiveKeyring(store: store, rootKey: rootKey, clock: SystemClock())
        return KeyRotation(store: store, keyring: keyring, clock: SystemClock(), random: SystemRandomSource())
    }
}
