import StorageConformance
import StorageSQLite
import Testing

@Suite struct `Storage promises on SQLite` {
    @Test(arguments: StoragePromise.all)
    func `hold in memory`(promise: StoragePromise) async throws {
        try await promise.check(on: SQLiteStore.inMemory())
    }

    /// One after the other: a hundred open databases at once are more descriptors than Foundation's `Process` can count through.
    @Test(.serialized, arguments: StoragePromise.all)
    func `hold in a file`(promise: StoragePromise) async throws {
        try await withStore { try await promise.check(on: $0) }
    }
}
