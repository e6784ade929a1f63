import FoundationEssentials
import GRDB
import Storage

extension SQLiteStore {
    /// Opens the database at `path` and brings its schema up to date.
    ///
    /// Commands pass false for `createIfMissing`: a mistyped path must not become a second, empty database.
    package static func open(
        path: String, busyTimeout: Duration = .seconds(5), createIfMissing: Bool
    ) async throws(SQLiteStoreError) -> SQLiteStore {
        try SQLiteVersion.check()
        try DatabaseFiles.checkDirectory(of: path)
        if !DatabaseFiles.exists(path) {
            guard createIfMissing else { throw .missing }
            try create(path: path, busyTimeout: busyTimeout)
        }
        try DatabaseFiles.checkFile(path)
        do {
            return try await connect(path: path, settings: SQLiteSettings(busyTimeout: busyTimeout))
        } catch {
            throw SQLiteStoreError.opening(error)
        }
    }

    private static func connect(path: String, settings: SQLiteSettings) async throws -> SQLiteStore {
        var configuration = settings.configuration
        // Before anything is written: GRDB switches a stranger's database to write-ahead logging otherwise.
        configuration.prepareDatabase { try SQLiteSchema.checkOwnership($0) }
        let pool = try DatabasePool(path: path, configuration: configuration)
        // GRDB sets `synchronous` to NORMAL after `prepareDatabase`, so this comes after the pool has opened. NORMAL in
        // write-ahead mode loses acknowledged commits when the power fails.
        try await pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
        try SQLiteSchema.migrate(pool)
        try await pool.writeWithoutTransaction { try settings.verify($0) }
        return SQLiteStore(
            writer: pool, files: try DatabaseFiles(path: path), handOffs: try HandOffReader(path: path))
    }

    /// Makes the database under another name and links it into place, so that it exists whole or not at all, whenever the
    /// power fails and however many processes start at once.
    private static func create(path: String, busyTimeout: Duration) throws(SQLiteStoreError) {
        let draft = try DatabaseFiles.createDraft(for: path)
        defer { DatabaseFiles.removeDraft(draft) }
        do {
            let pool = try DatabasePool(
                path: draft, configuration: SQLiteSettings(busyTimeout: busyTimeout).configuration)
            try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
            try SQLiteSchema.migrator.migrate(pool)
            try pool.close()
        } catch {
            throw SQLiteStoreError.opening(error)
        }
        try DatabaseFiles.publish(draft, as: path)
    }
}
