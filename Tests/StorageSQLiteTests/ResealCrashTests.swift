import Foundation
import GRDB
import Gateway
import GatewayCore
import Storage
import TestSupport
import Testing
import TokenVault

@testable import StorageSQLite
@testable import store_crash_writer

@Suite struct `A reseal that is killed` {
    /// One database lives through this many kills; the long tier takes several.
    static let killsOfOneDatabase = 20
    /// Enough that what a kill costs, two batches at most, is little of it.
    static let rows = 24_000

    static var databases: Int {
        let kills = ProcessInfo.processInfo.environment["LATCHKEY_KEY_KILLS"].flatMap { Int($0) } ?? 0
        return max(1, kills / killsOfOneDatabase)
    }

    @Test func `KEY-06 goes on where it was, with every row readable at any time, and does hardly any work twice`()
        async throws
    {
        var (midway, worst) = (0, 0.0)
        for _ in 0..<Self.databases {
            let (killedMidway, work) = try await withWorkplace { try await killRepeatedly(in: $0) }
            midway += killedMidway
            worst = max(worst, work)
        }
        #expect(midway > 5 * Self.databases, "most kills came before or after the work")
        #expect(worst <= 1.01, "records sealed for each that had to be")
        if Self.databases > 1 {
            print("KEY-06: \(Self.databases * Self.killsOfOneDatabase) kills, \(midway) midway, work \(worst)")
        }
    }

    private func killRepeatedly(in place: Workplace) async throws -> (midway: Int, work: Double) {
        let world = try await KilledResealWorld(place, rows: Self.rows)
        var (midway, started) = (0, 1)
        for kill in 0..<Self.killsOfOneDatabase {
            let process = try OtherProcess("reseal", in: place)
            // The moment of the crash is the one thing here that has to be left to chance.
            try await Task.sleep(for: .milliseconds(Int.random(in: 1...500)))
            let (status, last) = (process.kill(), try process.said().last)
            #expect(status == SIGKILL || last == "opened")
            if try process.said().contains("started") { started += 1 }
            if try await world.check(deep: kill.isMultiple(of: 5)) { midway += 1 }
        }
        let process = try OtherProcess("reseal", in: place)
        process.waitUntilExit()
        #expect(try process.said().dropFirst().first?.hasSuffix("of \(Self.rows), unreadable 0") == true)
        return (midway, try await world.finish(starts: started...Self.killsOfOneDatabase + 1))
    }
}

/// A database with rows under `dk-1`, `dk-2` promoted, and a look at it between two kills.
private struct KilledResealWorld {
    let place: Workplace
    let rootKey: RootKey
    let rows: Int
    let sealsBefore: Int64

    init(_ place: Workplace, rows: Int) async throws {
        self.place = place
        self.rows = rows
        let keyPath = KilledReseal.rootKeyPath(beside: place.path)
        try FileManager.default.createDirectory(
            at: URL(filePath: keyPath).deletingLastPathComponent(), withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700])
        try SecureHeap.start()
        rootKey = try RootKeyFile.create(at: keyPath)
        let store = try await place.open()
        let keyring = try await LiveKeyring(store: store, rootKey: rootKey, clock: SystemClock())
        // One that nobody counts the seals of.
        let planted = PlantedRows(
            vault: Vault(keyring: try await KeyringLoader(store: store, clock: SystemClock()).load(rootKey: rootKey)))
        try await planted.others(in: store)
        try await planted.many(rows - 3, at: place.path)
        let rotation = KilledReseal.rotation(store, keyring)
        try await rotation.promote(try await rotation.generate(actor: .commandLine).id, actor: .commandLine)
        sealsBefore = try await Self.seals(store)
        try store.close()
    }

    /// Every row is there, under one of the two keys, and what is around the cursor opens; all of them when `deep`. True when
    /// the run is neither at its beginning nor at its end.
    func check(deep: Bool) async throws -> Bool {
        let store = try await place.open()
        defer { try? store.close() }
        let counts = try await store.recordCounts()
        #expect(counts.values.reduce(0, +) == rows && Set(counts.keys).isSubset(of: ["dk-1", "dk-2"]))
        let run = try await store.latestReseal()
        #expect((counts["dk-2"] ?? 0) == (run?.done ?? 0), "rows and cursor move together")
        let keyring = try await loaded(store)
        let cursor = deep ? "" : String((run?.rowAfter ?? "").dropLast(2))
        for table in SealedTable.allCases {
            let found = try await store.sealedRows(
                of: table, notUnder: nil, after: cursor, limit: deep ? rows : 500)
            for row in found where !keyring.opens(row) { Issue.record("\(row.row) does not open") }
        }
        return run.map { $0.isOpen && $0.done > 0 } ?? false
    }

    /// What was sealed for each record that had to be, by the store's own count, which is never too low.
    func finish(starts: ClosedRange<Int>) async throws -> Double {
        let store = try await place.open()
        defer { try? store.close() }
        #expect(try await store.recordCounts() == ["dk-2": rows])
        #expect(try await store.integrityProblems() == [])
        let keyring = try await LiveKeyring(store: store, rootKey: rootKey, clock: SystemClock())
        #expect(try await KilledReseal.rotation(store, keyring).verify(actor: .commandLine).isComplete)
        let run = try #require(try await store.latestReseal())
        #expect(run.state == .completed && run.done == rows && run.overtaken == 0, "no row was written twice")
        // Each start, this one too, took some seals for other things. How many starts came that far is known only roughly,
        // but what is left over is less than one of them took.
        let records = Int64((rows - 3) * 2 + 3)
        let more = try await Self.seals(store) - sealsBefore - records - LiveKeyring.firstSeals
        #expect(starts.contains(Int(more / LiveKeyring.firstSeals)), "more work was done twice than can be told here")
        return Double(records + more % LiveKeyring.firstSeals) / Double(records)
    }

    /// A vault that takes no seals, for they are counted here.
    private func loaded(_ store: SQLiteStore) async throws -> Vault {
        Vault(keyring: try await KeyringLoader(store: store, clock: SystemClock()).load(rootKey: rootKey))
    }

    private static func seals(_ store: SQLiteStore) async throws -> Int64 {
        try #require(try await store.dataKeys().last).sealsReserved
    }
}
