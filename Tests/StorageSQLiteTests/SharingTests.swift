import Foundation
import GRDB
import GatewayCore
import Storage
import Testing

@testable import StorageSQLite
@testable import store_crash_writer

/// Somebody else's lock on the database, as a backup tool or a shell would hold it.
private struct Lock {
    let queue: DatabaseQueue

    init(on place: Workplace) async throws {
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        queue = try DatabaseQueue(path: place.path, configuration: configuration)
        try await queue.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
    }

    func release() async throws {
        try await queue.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
    }
}

@Suite struct `Sharing a database` {
    @Test func `ST-09 a lock that is held too long is busy after the configured wait, never at once`() async throws {
        try await withWorkplace { place in
            let store = try await place.open(busyTimeout: .milliseconds(250))
            let lock = try await Lock(on: place)
            let start = ContinuousClock.now
            await #expect(throws: StorageError.busy) { try await CommittedConnection.make(in: store) { _ in } }
            let waited = ContinuousClock.now - start
            #expect(waited >= .milliseconds(200) && waited < .seconds(10))
            try await lock.release()
            try await CommittedConnection.make(in: store) { _ in }
            try store.close()
        }
    }

    @Test func `ST-09 a writer waits for a lock that is released in time, and readers do not wait`() async throws {
        try await withWorkplace { place in
            let store = try await place.open()
            let lock = try await Lock(on: place)
            async let writing: Void = CommittedConnection.make(in: store) { _ in }
            for _ in 0..<20 { #expect(try await store.auditEntries(after: 0, limit: 10).isEmpty) }
            try await lock.release()
            try await writing
            #expect(try await store.auditEntries(after: 0, limit: 10).count == 3)
            try store.close()
        }
    }

    @Test func `ST-09 a start on a database that is held exclusively is busy after the configured wait`() async throws {
        try await withWorkplace { place in
            try await place.open().close()
            let holder = try DatabaseQueue(path: place.path)
            try await holder.writeWithoutTransaction {
                try $0.execute(
                    sql: "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; UPDATE health SET beats = 1; COMMIT")
            }
            await #expect(throws: SQLiteStoreError.busy) { try await place.open(busyTimeout: .milliseconds(100)) }
            try holder.close()
            try await place.open().close()
        }
    }

    @Test func `a caller who goes away while waiting for a lock does not take the tokens along`() async throws {
        try await withWorkplace { place in
            let store = try await place.open()
            let lock = try await Lock(on: place)
            let connection = CommittedConnection.connection(ConnectionID(random: SystemRandomSource()), generation: 1)
            let caller = Task {
                try await store.saveConnected(
                    connection, credential: CommittedConnection.credential(of: connection), replacing: nil, audit: [])
            }
            caller.cancel()
            try await lock.release()
            _ = await caller.result
            #expect(try await store.credential(of: connection.id) != nil)
            try store.close()
        }
    }

    @Test func `a caller who goes away while reading is told of the cancellation, not of a broken disk`() async throws {
        try await withStore { store in
            let caller = Task {
                // Cancelled before it asks.
                while !Task.isCancelled { await Task.yield() }
                _ = try await store.auditEntries(after: 0, limit: 1)
            }
            caller.cancel()
            await #expect(throws: CancellationError.self) { try await caller.value }
        }
    }

    @Test func `ST-10 two stores over one file give out a pending authorization once and count entries without gaps`()
        async throws
    {
        try await withWorkplace { place in
            let stores = [try await place.open(), try await place.open()]
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<20 {
                    group.addTask { try await CommittedConnection.make(in: stores[number % 2]) { _ in } }
                }
                try await group.waitForAll()
            }
            for store in stores {
                let entries = try await store.auditEntries(after: 0, limit: 100)
                #expect(entries.map(\.index) == Array(1...60))
            }
            for store in stores { try store.close() }
        }
    }

    @Test func `ST-10 two processes write to one file at once, and both keep every promise`() async throws {
        try await withWorkplace { place in
            let store = try await place.open()
            let other = try OtherProcess("write", in: place)
            var mine = 0
            // Until both have written a good deal, so that they surely met.
            while try other.said().count < 12 || mine < 12 {
                try await CommittedConnection.make(in: store) { _ in mine += 1 }
            }
            #expect(other.kill() == SIGKILL)
            let theirs = try other.said()
            #expect(!theirs.contains { $0.hasPrefix("failed") })
            let entries = try await store.auditEntries(after: 0, limit: .max)
            #expect(entries.map(\.index) == Array(1...Int64(entries.count)))
            #expect(entries.count >= mine + theirs.count)
            #expect(try await store.integrityProblems() == [])
            try store.close()
        }
    }
}
