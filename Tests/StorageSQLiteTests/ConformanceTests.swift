import StorageConformance
import StorageSQLite
import Testing

@Suite struct `Promises of the store, on SQLite` {
    @Test(arguments: StoragePromise.all)
    func `each promise of the store is kept by SQLite in memory`(promise: StoragePromise) async throws {
        try await promise.check(on: SQLiteStore.inMemory())
    }

    /// One after the other: a hundred open databases at once are more descriptors than Foundation's `Process` can count through.
    @Test(.serialized, arguments: StoragePromise.all)
    func `each promise of the store is kept by SQLite in a file`(promise: StoragePromise) async throws {
        try await withStore { try await promise.check(on: $0) }
    }
}
