import FoundationEssentials
import GRDB

extension SQLiteStore {
    /// Copies the database as it is at one moment, beside running services, into one file that must not exist. The copy is
    /// checked, durable and for nobody else's eyes when this returns.
    package func backUp(to path: String) async throws(SQLiteStoreError) {
        guard !DatabaseFiles.exists(path) else { throw .occupied }
        let draft = try DatabaseFiles.createDraft(for: path)
        defer { DatabaseFiles.removeDraft(draft) }
        do {
            let target = try DatabaseQueue(path: draft)
            // One step: a reader's snapshot in write-ahead mode keeps nobody from writing.
            try writer.backup(to: target)
            // A backup is one file, without a log beside it.
            try await target.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = DELETE") }
            guard try await Self.problems(of: target).isEmpty else { throw SQLiteStoreError.damaged }
            try target.close()
        } catch {
            throw SQLiteStoreError.opening(error)
        }
        try DatabaseFiles.publishAlone(draft, as: path)
    }

    private static func problems(of database: DatabaseQueue) async throws -> [String] {
        try await database.read { try String.fetchAll($0, sql: "PRAGMA integrity_check") }.filter { $0 != "ok" }
    }
}

/// A backup, copied beside the place it is to be restored to and opened there under another name: looked at before it counts.
package struct StagedDatabase: Sendable {
    package let store: SQLiteStore
    private let draft: String
    private let path: String

    /// Refuses what is no sound database of ours. The backup itself is only read.
    package init(backup: String, for path: String) async throws(SQLiteStoreError) {
        try DatabaseFiles.checkDirectory(of: path)
        guard let found = FileIdentity(path: backup) else { throw .missing }
        guard found.isRegularFile, found.size > 0 else { throw .notADatabase }
        let draft = try DatabaseFiles.createDraft(for: path)
        do {
            let source = try DatabaseQueue(path: backup, configuration: Self.readOnly)
            let target = try DatabaseQueue(path: draft)
            try source.backup(to: target)
            try target.close()
            try source.close()
            store = try await SQLiteStore.open(path: draft, createIfMissing: false)
        } catch {
            DatabaseFiles.removeDraft(draft)
            throw SQLiteStoreError.opening(error)
        }
        self.draft = draft
        self.path = path
    }

    private static var readOnly: Configuration {
        var configuration = Configuration()
        configuration.readonly = true
        return configuration
    }

    /// Sessions, links and running services of the day of the backup are over; somebody may have ended them on purpose.
    package func endSessions() async throws {
        try await store.write { database in
            for table in ["sessions", "sign_in_links", "form_tokens", "nodes"] {
                try database.execute(sql: "DELETE FROM \(table)")
            }
        }
    }

    /// Gives it its name. A database that is there is put aside, never deleted; the name it got is returned.
    package func publish(settingAside: Bool, stamp: String) throws(SQLiteStoreError) -> String? {
        do {
            try store.close()
        } catch { throw SQLiteStoreError.opening(error) }
        defer { DatabaseFiles.removeDraft(draft) }
        guard DatabaseFiles.exists(path) else {
            try DatabaseFiles.publishAlone(draft, as: path)
            return nil
        }
        guard settingAside else { throw .occupied }
        guard !DatabaseFiles.isInUse(path) else { throw .inUse }
        emptyLog()
        let aside = "\(path).before-restore-\(stamp)"
        try DatabaseFiles.exchange(draft, with: path, aside: aside)
        return aside
    }

    /// So that the file put aside needs no other beside it. A damaged one keeps its log.
    private func emptyLog() {
        guard isSound, let database = try? DatabaseQueue(path: path) else { return }
        _ = try? database.writeWithoutTransaction { try $0.checkpoint(.truncate) }
        try? database.close()
    }

    private var isSound: Bool { look { try String.fetchAll($0, sql: "PRAGMA quick_check") } == ["ok"] }

    /// The keys that were destroyed in the database that is there; nil when there is none or it cannot be read.
    package func destroyedKeysBefore() -> Set<String>? {
        look { try String.fetchSet($0, sql: "SELECT id FROM data_keys WHERE state = 'destroyed'") }
    }

    /// At the database that is there, without changing it; nil when there is none or it cannot be read.
    private func look<Value>(_ body: (Database) throws -> Value) -> Value? {
        guard DatabaseFiles.isDatabase(path),
            let database = try? DatabaseQueue(path: path, configuration: Self.readOnly)
        else { return nil }
        defer { try? database.close() }
        return try? database.read(body)
    }

    package func discard() {
        try? store.close()
        DatabaseFiles.removeDraft(draft)
    }

    /// Whether a database stands at the path, and whether a process has it open.
    package static func occupation(of path: String) -> (exists: Bool, isInUse: Bool) {
        (DatabaseFiles.exists(path), DatabaseFiles.isInUse(path))
    }
}
