import Foundation
import Storage
import Testing

@testable import StorageSQLite
@testable import store_crash_writer

@Suite struct `Files that change under a running store` {
    @Test(arguments: ["", "-wal", "-shm"])
    func `ST-08 nothing is acknowledged once a file was deleted, and no second database appears`(suffix: String)
        async throws
    {
        try await expectRefusal(of: suffix) { try FileManager.default.removeItem(atPath: $0) }
    }

    @Test(arguments: ["", "-wal", "-shm"])
    func `ST-08 nothing is acknowledged once a file was replaced by its own copy`(suffix: String) async throws {
        try await expectRefusal(of: suffix) { path in
            try FileManager.default.copyItem(atPath: path, toPath: path + ".copy")
            let outcome = unsafe rename(path + ".copy", path)
            #expect(outcome == 0)
        }
    }

    private func expectRefusal(of suffix: String, after change: (String) throws -> Void) async throws {
        try await withWorkplace { place in
            let store = try await place.open()
            try await CommittedConnection.make(in: store) { _ in }
            try change(place.path + suffix)
            let names = try place.names()
            await #expect(throws: StorageError.unwritable) { try await CommittedConnection.make(in: store) { _ in } }
            await #expect(throws: SQLiteStoreError.replaced(suffix.isEmpty ? "database" : suffix)) {
                try await store.checkHealth()
            }
            #expect(try place.names() == names)
            try? store.close()
        }
    }

    @Test func `ST-08 a restore that fails leaves the database that was there, with everything in it`() async throws {
        try await withWorkplace { place in
            let (store, backup) = (try await place.open(), place.directory + "/backup")
            try await CommittedConnection.make(in: store) { _ in }
            try await store.backUp(to: backup)
            try await CommittedConnection.make(in: store) { _ in }
            try store.close()
            let staged = try await StagedDatabase(backup: backup, for: place.path)
            for name in try place.names() where name.contains(".new-") {
                try FileManager.default.removeItem(atPath: place.directory + "/" + name)
            }
            #expect(throws: SQLiteStoreError.self) { try staged.publish(settingAside: true, stamp: "now") }
            let left = try await SQLiteStore.open(path: place.path, createIfMissing: false)
            #expect(try await left.everyConnection().count == 2)
            try left.close()
            #expect(try !place.names().contains { $0.contains("before-restore") })
        }
    }

    @Test func `ST-08 what a restore puts aside is whole by itself`() async throws {
        try await withWorkplace { place in
            let (store, backup) = (try await place.open(), place.directory + "/backup")
            try await store.backUp(to: backup)
            try await CommittedConnection.make(in: store) { _ in }
            // As a kill leaves it: what was committed last stands in the log alone.
            for suffix in ["", "-wal"] {
                try FileManager.default.copyItem(atPath: place.path + suffix, toPath: place.path + suffix + ".copy")
            }
            try store.close()
            for suffix in ["", "-wal"] {
                try? FileManager.default.removeItem(atPath: place.path + suffix)
                try FileManager.default.moveItem(atPath: place.path + suffix + ".copy", toPath: place.path + suffix)
            }
            let staged = try await StagedDatabase(backup: backup, for: place.path)
            let aside = try #require(try staged.publish(settingAside: true, stamp: "now"))
            #expect(try !place.names().contains { $0.hasSuffix("-wal") })
            let former = try await SQLiteStore.open(path: aside, createIfMissing: false)
            #expect(try await former.everyConnection().count == 1)
            try former.close()
        }
    }

    @Test(.enabled(if: OtherProcess.canRunUnprivileged, "needs setpriv to stop being root"))
    func `ST-08 a directory that cannot be written to is named, and nothing is made in it`() async throws {
        try await withWorkplace { place in
            try setMode(0o555, of: place.directory)
            #expect(try openElsewhere(place) == ["failed database.directory_not_writable"])
            try setMode(0o755, of: place.directory)
        }
    }

    @Test(.enabled(if: OtherProcess.canRunUnprivileged, "needs setpriv to stop being root"))
    func `ST-08 a file that cannot be written to is named read-only and left alone`() async throws {
        try await withWorkplace { place in
            try await place.open().close()
            let before = try Data(contentsOf: URL(filePath: place.path))
            try setMode(0o444, of: place.path)
            try setMode(0o777, of: place.directory)
            #expect(try openElsewhere(place) == ["failed database.read_only"])
            #expect(try Data(contentsOf: URL(filePath: place.path)) == before)
        }
    }

    private func openElsewhere(_ place: Workplace) throws -> [String] {
        let other = try OtherProcess("open", in: place, unprivileged: true)
        other.waitUntilExit()
        return try other.said()
    }

    private func setMode(_ mode: Int, of path: String) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }
}
