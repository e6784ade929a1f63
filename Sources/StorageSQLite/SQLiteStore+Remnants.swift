import GRDB
import Storage

extension SQLiteStore {
    /// While a purge waits for readers nobody can write, so it does not wait for long.
    private static let patienceMilliseconds = 250

    package func hasRemnants() async throws -> Bool {
        try await read { database in
            guard let counts = try database.record("SELECT erased, purged FROM remnants") else {
                throw StorageError.damaged
            }
            return try counts.integer("erased") > counts.integer("purged")
        }
    }

    package func purgeRemnants() async throws -> Bool {
        let isLogged = files != nil
        do {
            return try await writer.writeWithoutTransaction { database in
                let usual = try Int.fetchOne(database, sql: "PRAGMA busy_timeout") ?? 0
                try database.execute(sql: "PRAGMA busy_timeout = \(Self.patienceMilliseconds)")
                defer { try? database.execute(sql: "PRAGMA busy_timeout = \(usual)") }
                // Before the log is emptied: what another process erases in between is not said to be gone.
                let erased = try Int64.fetchOne(database, sql: "SELECT erased FROM remnants") ?? 0
                if isLogged, try database.checkpoint(.truncate).walFrameCount != 0 { return false }
                // Where it cannot be noted the log is emptied once more, later.
                try? database.execute(
                    sql: "UPDATE remnants SET purged = ?1 WHERE purged < ?1", arguments: [erased])
                return true
            }
        } catch {
            guard StorageError.mapping(error) == .busy else { throw StorageError.mapping(error) }
            return false
        }
    }

    /// After an erasure, which is committed already: a reader elsewhere only puts it off, and a running service tries again.
    func purgeAfterErasure() async {
        _ = try? await purgeRemnants()
    }
}
