import Foundation
import GRDB
import GatewayCore
import Storage
import TestSupport
import Testing

@testable import StorageSQLite
@testable import store_crash_writer

@Suite struct `Crash` {
    /// A database lives through this many kills before it makes room for an empty one.
    static let killsOfOneDatabase = 20

    static var databases: Int {
        ProcessInfo.processInfo.environment["LATCHKEY_LONG_TESTS"] == "1" ? 1000 / killsOfOneDatabase : 1
    }

    @Test func `ST-03 a process killed at any moment loses nothing it acknowledged and leaves nothing torn`()
        async throws
    {
        var acknowledged = 0
        for _ in 0..<Self.databases {
            acknowledged += try await withWorkplace { try await killRepeatedly(in: $0) }
        }
        #expect(acknowledged > 20 * Self.databases, "the writers were killed before they wrote anything worth losing")
    }

    @Test
    func `RT-05 a process killed while it commits renewed tokens leaves the old pair or the new one, never a mixture`()
        async throws
    {
        var acknowledged = 0
        for _ in 0..<Self.databases {
            acknowledged += try await withWorkplace { place in
                var said: [String] = []
                for _ in 0..<Self.killsOfOneDatabase {
                    let writer = try OtherProcess("renew", in: place)
                    try await Task.sleep(for: .milliseconds(Int.random(in: 20...120)))
                    #expect(writer.kill() == SIGKILL)
                    said += try writer.said()
                    try await checkRenewals(acknowledged: said, in: place)
                }
                return said.count
            }
        }
        #expect(acknowledged > 20 * Self.databases, "the writers were killed before they renewed anything")
    }

    @Test(arguments: [false, true])
    func `ST-02 after a power cut nothing acknowledged is lost, nothing torn, whatever became of unsynced sectors`(
        isTorn: Bool
    ) async throws {
        var acknowledged = 0
        for _ in 0..<Self.databases {
            acknowledged += try await withWorkplace { try await cutPowerRepeatedly(in: $0, isTorn: isTorn) }
        }
        #expect(acknowledged > 20 * Self.databases, "the writers were stopped before they wrote anything worth losing")
    }

    /// Each time the next process goes on with what the disk kept.
    private func cutPowerRepeatedly(in place: Workplace, isTorn: Bool) async throws -> Int {
        let disk = try LostWrites(in: place.directory)
        var said: [String] = []
        var current = Workplace(directory: place.directory + "/0")
        try FileManager.default.createDirectory(atPath: current.directory, withIntermediateDirectories: false)
        try await current.open().close()
        for cut in 1...Self.killsOfOneDatabase {
            try disk.adopt([current.directory])
            let writer = try OtherProcess("write", in: current, environment: disk.environment)
            try await Task.sleep(for: .milliseconds(Int.random(in: 100...400)))
            #expect(writer.kill() == SIGKILL)
            let new = try writer.said()
            #expect(!new.contains { $0.hasPrefix("failed") }, "\(new)")
            said += new
            let next = Workplace(directory: place.directory + "/\(cut)")
            try disk.cutPower(current.directory, to: next.directory, isTorn: isTorn)
            try await checkEverything(acknowledged: said, in: next)
            try FileManager.default.removeItem(atPath: current.directory)
            current = next
        }
        return said.count
    }

    private func checkRenewals(acknowledged: [String], in place: Workplace) async throws {
        let store = try await place.open()
        #expect(try await store.integrityProblems() == [])
        let stored = try await generations(in: store)
        for (text, generation) in stored {
            let id = try #require(ConnectionID(text))
            let credential = try await store.credential(of: id)
            #expect(credential == RenewedConnection.credential(of: id, generation: generation), "a mixture")
            let state = try #require(try await store.refreshState(of: id))
            #expect(state.entry == nil || state.entry?.generation == generation, "the entry is of another generation")
        }
        for line in acknowledged {
            let words = line.split(separator: " ")
            let generation = try #require(words.count == 2 ? UInt64(words[1]) : nil, "\(line)")
            #expect(stored[String(words[0])].map { $0 >= generation } == true, "\(line) was acknowledged and is gone")
        }
        try store.close()
    }

    @Test func `AUD-02 killed at whatever moment, what a process acknowledged is in the log, and the log is sound`()
        async throws
    {
        try await withWorkplace { place in
            var said: [String] = []
            for _ in 0..<10 {
                let writer = try OtherProcess("write", in: place)
                try await Task.sleep(for: .milliseconds(Int.random(in: 50...250)))
                #expect(writer.kill() == SIGKILL)
                said += try writer.said()
                let store = try await place.open()
                let reading = try await store.readAuditTree(rootsAt: [])
                #expect(reading.fault == nil, "\(String(describing: reading.fault))")
                let logged = Set(
                    try await store.auditEntries(after: 0, limit: .max).map(\.event).map {
                        "\($0.connection?.text ?? "") \($0.generation ?? 0)"
                    })
                for line in said { #expect(logged.contains(line), "\(line) was acknowledged without an entry") }
                // And nothing is there without one, acknowledged or not.
                for (id, generation) in try await generations(in: store) {
                    for step in 1...generation { #expect(logged.contains("\(id) \(step)")) }
                }
                try store.close()
            }
            #expect(said.count > 20, "the writers were killed before they wrote anything worth losing")
        }
    }

    private func killRepeatedly(in place: Workplace) async throws -> Int {
        var said: [String] = []
        for _ in 0..<Self.killsOfOneDatabase {
            let writer = try OtherProcess("write", in: place)
            // The crash's moment is the one thing here that has to be left to chance, start and creation included.
            try await Task.sleep(for: .milliseconds(Int.random(in: 1...200)))
            #expect(writer.kill() == SIGKILL)
            said += try writer.said()
            #expect(!said.contains { $0.hasPrefix("failed") })
            try await checkEverything(acknowledged: said, in: place)
        }
        return said.count
    }

    private func checkEverything(acknowledged: [String], in place: Workplace) async throws {
        let store = try await place.open()
        #expect(try await store.integrityProblems() == [])
        try await checkWholeness(of: store)
        let stored = try await generations(in: store)
        for line in acknowledged {
            let words = line.split(separator: " ")
            let generation = try #require(UInt64(words[1]))
            let kept = try #require(stored[String(words[0])], "\(line) was acknowledged and is gone")
            #expect(kept >= generation, "\(line) was acknowledged and rolled back")
        }
        try store.close()
    }

    /// Every record, acknowledged or not, is exactly what was written with its generation.
    private func checkWholeness(of store: SQLiteStore) async throws {
        for connection in try await store.everyConnection() {
            #expect(connection == CommittedConnection.connection(connection.id, generation: connection.generation))
            let credential = try await store.credential(of: connection.id)
            #expect(credential == CommittedConnection.credential(of: connection))
        }
        // One entry for each step, none for a step that did not happen.
        let entries = try await store.auditEntries(after: 0, limit: .max)
        #expect(entries.map(\.index) == Array(1...Int64(max(entries.count, 1))).prefix(entries.count).map { $0 })
        let steps = try await generations(in: store).values.reduce(0, +)
        #expect(UInt64(entries.count) == steps)
    }

    private func generations(in store: SQLiteStore) async throws -> [String: UInt64] {
        try await store.read { database in
            let rows = try Row.fetchAll(database, sql: "SELECT id, generation FROM connections")
            return Dictionary(uniqueKeysWithValues: rows.map { ($0["id"], $0["generation"]) })
        }
    }
}
