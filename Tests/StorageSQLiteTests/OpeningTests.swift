import Foundation
import GRDB
import GatewayCore
import Storage
import TestSupport
import Testing

@testable import StorageSQLite

@Suite struct `Opening a database` {
    @Test func `a missing file is made only when asked for, and a mistyped path stays empty`() async throws {
        try await withWorkplace { place in
            await #expect(throws: SQLiteStoreError.missing) { try await place.open(createIfMissing: false) }
            let names = try place.names()
            #expect(names.isEmpty)
            try await place.open().close()
            try await place.open(createIfMissing: false).close()
        }
    }

    @Test func `a missing directory is named, and not made`() async throws {
        try await withWorkplace { place in
            let path = place.directory + "/missing/store.db"
            await #expect(throws: SQLiteStoreError.directoryMissing) {
                try await SQLiteStore.open(path: path, createIfMissing: true)
            }
            let names = try place.names()
            #expect(names.isEmpty)
        }
    }

    @Test(arguments: [
        Data(), Data("not a database, but longer than its header of one hundred octets".utf8) + Data(count: 200),
        Data("SQLite format 3\0".utf8), Data(count: 8192),
    ])
    func `a file that is no database is refused and left as it is`(content: Data) async throws {
        try await withWorkplace { place in
            try content.write(to: URL(filePath: place.path))
            await #expect(throws: SQLiteStoreError.notADatabase) { try await place.open() }
            #expect(try Data(contentsOf: URL(filePath: place.path)) == content)
            #expect(try place.names() == ["store.db"])
        }
    }

    @Test func `a directory in the file's place is refused`() async throws {
        try await withWorkplace { place in
            try FileManager.default.createDirectory(atPath: place.path, withIntermediateDirectories: false)
            await #expect(throws: SQLiteStoreError.notADatabase) { try await place.open() }
        }
    }

    @Test(arguments: [0, 1, 0x4C6B_5373])
    func `a database of another program is refused and left as it is`(applicationID: Int) async throws {
        try await withWorkplace { place in
            let theirs = try DatabaseQueue(path: place.path)
            try await theirs.writeWithoutTransaction {
                try $0.execute(sql: "PRAGMA application_id = \(applicationID); CREATE TABLE theirs (x)")
            }
            try theirs.close()
            let before = try Data(contentsOf: URL(filePath: place.path))
            await #expect(throws: SQLiteStoreError.notOurs) { try await place.open() }
            #expect(try Data(contentsOf: URL(filePath: place.path)) == before)
            #expect(try place.names() == ["store.db"])
        }
    }

    @Test func `ST-17 a schema newer than the program is refused and left as it is`() async throws {
        try await withWorkplace { place in
            let store = try await place.open()
            try await store.writer.write {
                try $0.execute(
                    sql: "INSERT INTO grdb_migrations VALUES ('v2'); ALTER TABLE health ADD COLUMN later TEXT")
            }
            try store.close()
            let before = try schema(in: place)
            await #expect(throws: SQLiteStoreError.schemaTooNew) { try await place.open() }
            #expect(try schema(in: place) == before)
        }
    }

    private func schema(in place: Workplace) throws -> [String] {
        try DatabaseQueue(path: place.path).read { database in
            let identifiers = try String.fetchAll(database, sql: "SELECT identifier FROM grdb_migrations")
            return identifiers
                + (try String.fetchAll(database, sql: "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL"))
        }
    }

    @Test func `a damaged schema page is refused without a crash`() async throws {
        try await withWorkplace { place in
            try await place.open().close()
            var content = try Data(contentsOf: URL(filePath: place.path))
            content.replaceSubrange(100..<4096, with: [UInt8](repeating: 0xA5, count: 3996))
            try content.write(to: URL(filePath: place.path))
            await #expect(throws: SQLiteStoreError.damaged) { try await place.open() }
        }
    }

    @Test func `database, log and shared memory are the owner's alone, whatever the mask`() async throws {
        let before = umask(0)
        defer { umask(before) }
        try await withWorkplace { place in
            let store = try await place.open()
            try await store.checkHealth()
            #expect(try place.names() == ["store.db", "store.db-wal", "store.db-shm"])
            for name in try place.names() { #expect(try mode(of: name, in: place) == 0o600) }
            try store.close()
        }
    }

    @Test func `a database that others may read is closed to them at the next start`() async throws {
        try await withWorkplace { place in
            try await place.open().close()
            try FileManager.default.setAttributes([.posixPermissions: 0o666], ofItemAtPath: place.path)
            let store = try await place.open()
            for name in try place.names() { #expect(try mode(of: name, in: place) == 0o600) }
            try store.close()
        }
    }

    @Test func `of many starts at once on a missing file all work on the same one, and no draft is left`() async throws
    {
        try await withWorkplace { place in
            let stores = try await withThrowingTaskGroup(of: SQLiteStore.self) { group in
                for _ in 0..<8 { group.addTask { try await place.open() } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            for store in stores { try await store.checkHealth() }
            let beats = try await stores[0].read { try Int.fetchOne($0, sql: "SELECT beats FROM health") }
            #expect(beats == 8)
            #expect(try place.names() == ["store.db", "store.db-wal", "store.db-shm"])
            for store in stores { try store.close() }
        }
    }

    @Test func `a draft that a killed start left behind does not stop the next one`() async throws {
        try await withWorkplace { place in
            let draft = try DatabaseFiles.createDraft(for: place.path)
            #expect(try mode(of: URL(filePath: draft).lastPathComponent, in: place) == 0o600)
            try await place.open().close()
        }
    }

    @Test func `RT-35 an upgrade ends what disconnects left open before, and takes it out of the schedule`()
        async throws
    {
        try await withWorkplace { place in
            let old = try await place.open()
            let (ended, live) = (PlantedRows.connection("ended"), PlantedRows.connection("live"))
            for connection in [ended, live] { try await old.leaveOpen(connection) }
            try await old.eraseCredential(
                of: ended.id, at: PlantedRows.start,
                audit: AuditEvent(at: PlantedRows.start, actor: .system, action: .connectionDisconnected))
            // As the versions before left it.
            try await old.writer.write { database in
                try database.execute(
                    sql: """
                        UPDATE refresh_journal SET phase = 'in_doubt', ended_at = NULL;
                        INSERT OR IGNORE INTO refresh_schedule (connection_id, due_at, obtained_at)
                            SELECT id, 0, 0 FROM connections;
                        ALTER TABLE refresh_schedule DROP COLUMN forced_not_before;
                        DELETE FROM grdb_migrations WHERE identifier LIKE 'v10%';
                        """)
            }
            try old.close()
            let new = try await place.open()
            let last = try #require(try await new.lastRefresh(of: ended.id))
            #expect(last.phase == .superseded && last.endedAt == PlantedRows.start)
            #expect(try await new.refreshState(of: live.id)?.entry?.phase == .inDoubt, "what lives stays as it was")
            let due = try await new.claimDueRefreshes(
                at: PlantedRows.start.addingTimeInterval(40), until: .distantFuture, limit: 9)
            #expect(due == [live.id])
            try new.close()
        }
    }

    private func mode(of name: String, in place: Workplace) throws -> Int? {
        let attributes = try FileManager.default.attributesOfItem(atPath: place.directory + "/" + name)
        return (attributes[.posixPermissions] as? NSNumber)?.intValue
    }
}

extension SQLiteStore {
    /// A connection whose refresh somebody has begun.
    fileprivate func leaveOpen(_ connection: Connection) async throws {
        let at = PlantedRows.start
        try await saveConnected(
            connection,
            credential: SealedCredential(
                connection: connection.id, generation: 1, accessToken: [1], refreshToken: [2], keyID: "dk-1"),
            replacing: nil, audit: [])
        _ = try await beginRefresh(
            of: connection.id, generation: 1,
            by: RefreshHolder(name: "node", at: at, until: at.addingTimeInterval(35)),
            audit: AuditEvent(at: at, actor: .system, action: .refreshBegun))
    }
}
