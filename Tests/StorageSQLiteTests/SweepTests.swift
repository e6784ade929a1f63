import Foundation
import GRDB
import GatewayCore
import Storage
import Testing

@testable import StorageSQLite

@Suite struct `Sweeps` {
    /// How SQLite finds what a statement is about.
    private static func plan(_ statement: String, in store: SQLiteStore) async throws -> [String] {
        try await store.writer.read { database in
            try Row.fetchAll(
                database, sql: "EXPLAIN QUERY PLAN " + statement,
                arguments: StatementArguments(Array(repeating: 0, count: statement.count { $0 == "?" }))
            ).map { $0["detail"] }
        }
    }

    @Test func `what is forgotten each minute is found by its end: no sweep reads a whole table`() async throws {
        let store = try SQLiteStore.inMemory()
        let statements = SQLiteStore.leaseEnds.map(SQLiteStore.leaseSweep) + SQLiteStore.sessionSweep
        #expect(statements.count == 6)
        for statement in statements {
            let plan = try await Self.plan(statement, in: store)
            #expect(plan.contains { $0.hasPrefix("SEARCH") }, "\(statement): \(plan)")
            #expect(!plan.contains { $0.hasPrefix("SCAN") }, "\(statement): \(plan)")
        }
    }

    @Test func `more leases than one transaction takes are swept all the same, ended and given back, and no open one`()
        async throws
    {
        let store = try SQLiteStore.inMemory()
        let now: Int64 = 1_000_000
        let slice = SQLiteStore.leaseSlice
        // The leases are all there is to it; whose they are does not matter.
        try await store.writer.writeWithoutTransaction { try $0.execute(sql: "PRAGMA foreign_keys = OFF") }
        try await store.writer.write { database in
            let insert = try database.makeStatement(
                sql: """
                    INSERT INTO token_leases (id, connection_id, generation, holder, created_at, expires_at, released_at)
                    VALUES (?, ?, 1, 'key', 0, ?, ?)
                    """)
            for number in 0..<(2 * slice + 2) {
                let isReleased = number.isMultiple(of: 2)
                try insert.execute(arguments: [
                    "ls_\(number)", "con", isReleased ? now + 1 : now - 1, isReleased ? now - 1 : nil,
                ])
            }
            for (name, released) in [("open", nil), ("late", now)] as [(String, Int64?)] {
                try insert.execute(arguments: [name, "con", now, released])
            }
        }
        try await store.sweepLeases(endedBefore: Date(timeIntervalSince1970: 1_000))
        let left = try await store.writer.read {
            try String.fetchAll($0, sql: "SELECT id FROM token_leases ORDER BY id")
        }
        #expect(left == ["late", "open"])
    }
}
