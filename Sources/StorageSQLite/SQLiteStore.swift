import FoundationEssentials
import GRDB
import Storage

/// A store in one SQLite file, or in memory for tests.
package struct SQLiteStore: GatewayStore {
    let writer: any DatabaseWriter
    /// Nil in memory.
    let files: DatabaseFiles?
    /// Nil in memory, where only the writer's own connection sees the database.
    let handOffs: HandOffReader?
    private let groups: GroupCommit
    let leases: LeaseBatches

    init(writer: any DatabaseWriter, files: DatabaseFiles?, handOffs: HandOffReader? = nil) {
        self.writer = writer
        self.files = files
        self.handOffs = handOffs
        groups = GroupCommit(writer: writer, files: files)
        leases = LeaseBatches(groups: groups)
    }

    /// Fast and gone with the last reference: for tests. Same schema, same statements, no durability.
    package static func inMemory() throws -> SQLiteStore {
        let queue = try DatabaseQueue(configuration: SQLiteSettings(busyTimeout: .seconds(5)).configuration)
        try SQLiteSchema.migrator.migrate(queue)
        return SQLiteStore(writer: queue, files: nil)
    }

    /// Closes all connections; the last one to close folds the write-ahead log into the database file.
    package func close() throws {
        handOffs?.close()
        // A reader that goes last can fold nothing, and GRDB closes readers last: erased rows would stay in the log.
        (writer as? DatabasePool)?.invalidateReadOnlyConnections()
        try writer.close()
    }

    /// What SQLite's own check of the whole file finds; empty when it is sound. Reads every page.
    package func integrityProblems() async throws -> [String] {
        try await read { database in
            let answers = try String.fetchAll(database, sql: "PRAGMA integrity_check")
            let orphans = try Row.fetchAll(database, sql: "PRAGMA foreign_key_check")
            return answers.filter { $0 != "ok" } + orphans.map { "foreign key: \($0)" }
        }
    }

    package func checkHealth() async throws {
        // The clear sentence first: below, a replaced file is only `unwritable`.
        try files?.verify()
        try await write { database in
            try database.execute(sql: "UPDATE health SET beats = beats + 1")
            guard database.changesCount == 1 else { throw StorageError.damaged }
            // Nothing changes without an entry: where none can be appended, nothing works (AUD-03).
            _ = try database.auditTreeWriter()
        }
    }
}

extension SQLiteStore {
    func read<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        do {
            return try await writer.read(body)
        } catch let error as CancellationError {
            // The caller left; nothing is wrong with the disk.
            throw error
        } catch {
            throw StorageError.mapping(error)
        }
    }

    /// One immediate transaction.
    ///
    /// Runs in a task of its own because GRDB rolls back when the caller's task is cancelled: a browser that closes its
    /// tab must not cost us tokens that exist nowhere else.
    func write<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        let (writer, files) = (writer, files)
        let work = Task {
            try await writer.write { database in
                let value = try body(database)
                // Last thing before the commit: one into a deleted file would be acknowledged and then lost.
                try files?.verify()
                return value
            }
        }
        do {
            return try await work.value
        } catch {
            throw StorageError.mapping(error)
        }
    }

    /// For small writes that many callers make at once: they may share a transaction, and no caller is answered before
    /// its own work is durable. A body that throws undoes its own work alone.
    func writeGrouped<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        do {
            return try await groups.run(body)
        } catch {
            throw StorageError.mapping(error)
        }
    }
}
