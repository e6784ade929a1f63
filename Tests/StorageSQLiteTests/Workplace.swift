import Foundation
import StorageSQLite

/// A directory of one test's own, gone when the test is over.
struct Workplace: Sendable {
    let directory: String

    var path: String { directory + "/store.db" }

    func open(busyTimeout: Duration = .seconds(30), createIfMissing: Bool = true) async throws(SQLiteStoreError)
        -> SQLiteStore
    {
        try await SQLiteStore.open(path: path, busyTimeout: busyTimeout, createIfMissing: createIfMissing)
    }

    func names() throws -> Set<String> {
        Set(try FileManager.default.contentsOfDirectory(atPath: directory))
    }
}

@discardableResult
func withWorkplace<Value>(_ body: (Workplace) async throws -> Value) async throws -> Value {
    let directory = FileManager.default.temporaryDirectory.appending(path: "latchkey-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: directory) }
    return try await body(Workplace(directory: directory.path))
}

func withStore<Value>(_ body: (SQLiteStore) async throws -> Value) async throws -> Value {
    try await withWorkplace { place in
        let store = try await place.open()
        let value = try await body(store)
        try store.close()
        return value
    }
}
