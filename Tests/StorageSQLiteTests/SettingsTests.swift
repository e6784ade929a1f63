import Foundation
import GRDB
import Testing

@testable import StorageSQLite

@Suite struct `SQLite settings` {
    private static let required: [(name: String, value: String)] = [
        ("journal_mode", "wal"), ("synchronous", "2"), ("foreign_keys", "1"), ("secure_delete", "1"),
        ("cell_size_check", "1"), ("trusted_schema", "0"), ("busy_timeout", "30000"),
        ("wal_autocheckpoint", "4000"),
    ]

    @Test func `ST-01 the writer runs durably and strictly, at the start, after writes and after a reopening`()
        async throws
    {
        try await withWorkplace { place in
            for _ in 0..<2 {
                let store = try await place.open()
                for _ in 0..<2 {
                    for (name, value) in Self.required {
                        let read = try await store.writer.writeWithoutTransaction {
                            try String.fetchOne($0, sql: "PRAGMA \(name)")
                        }
                        #expect(read == value, "\(name)")
                    }
                    try await store.checkHealth()
                    await store.purgeAfterErasure()
                }
                try store.close()
            }
        }
    }

    @Test func `ST-01 readers check foreign keys and pages and trust no schema`() async throws {
        try await withStore { store in
            for (name, value) in Self.required where !["journal_mode", "synchronous", "busy_timeout"].contains(name) {
                let read = try await store.writer.read { try String.fetchOne($0, sql: "PRAGMA \(name)") }
                #expect(read == value, "\(name)")
            }
        }
    }

    @Test(arguments: [
        ("synchronous", "NORMAL"), ("synchronous", "OFF"), ("foreign_keys", "OFF"), ("secure_delete", "OFF"),
        ("secure_delete", "FAST"), ("cell_size_check", "OFF"), ("trusted_schema", "ON"), ("busy_timeout", "0"),
        ("busy_timeout", "4999"),
    ])
    func `ST-01 a setting that does not read back as required refuses the start`(name: String, value: String)
        async throws
    {
        try await withStore { store in
            let settings = SQLiteSettings(busyTimeout: .seconds(30))
            try await store.writer.writeWithoutTransaction { database in
                try settings.verify(database)
                try database.execute(sql: "PRAGMA \(name) = \(value)")
                #expect(throws: SQLiteStoreError.setting(name)) { try settings.verify(database) }
            }
        }
    }

    @Test(arguments: [Duration.zero, .milliseconds(-5), .microseconds(900)])
    func `ST-01 a start without a time to wait for locks is refused`(busyTimeout: Duration) async throws {
        try await withWorkplace { place in
            await #expect(throws: SQLiteStoreError.setting("busy_timeout")) {
                try await place.open(busyTimeout: busyTimeout)
            }
        }
    }

    @Test(arguments: [
        ("3.37.1", false), ("3.37.2", true), ("3.40.1", true), ("3.52.0", false), ("3.52.1", true), ("4.0.0", true),
        ("3.9.0", false), ("", false), ("unknown", false),
    ])
    func `ST-25 releases of SQLite that are too old or withdrawn are refused`(version: String, isGood: Bool) {
        #expect(SQLiteVersion.isGood(version) == isGood)
    }
}
