import GRDB

/// The settings every connection runs under, and the proof that the writer really has them (ST-01).
struct SQLiteSettings: Sendable {
    /// Pages, 16 MB. A page that many commits change is written to the database file once for all of them.
    private static let pagesBetweenCheckpoints = 4_000

    let busyTimeout: Duration

    var busyMilliseconds: Int {
        let (seconds, attoseconds) = busyTimeout.components
        return Int(clamping: seconds) * 1000 + Int(clamping: attoseconds / 1_000_000_000_000_000)
    }

    var configuration: Configuration {
        var configuration = Configuration()
        configuration.label = "latchkey.store"
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(Double(busyMilliseconds) / 1000)
        configuration.prepareDatabase { database in
            try database.execute(
                sql: """
                    PRAGMA secure_delete = ON;
                    PRAGMA cell_size_check = ON;
                    PRAGMA trusted_schema = OFF;
                    PRAGMA temp_store = MEMORY;
                    PRAGMA wal_autocheckpoint = \(Self.pagesBetweenCheckpoints);
                    """)
        }
        return configuration
    }

    /// Asks the connection instead of believing what was set: a build of SQLite may lack or override any of these, and an
    /// unknown pragma is no error.
    func verify(_ database: Database) throws {
        guard busyMilliseconds > 0 else { throw SQLiteStoreError.setting("busy_timeout") }
        guard try String.fetchOne(database, sql: "PRAGMA journal_mode") == "wal" else {
            throw SQLiteStoreError.setting("journal_mode")
        }
        let required: KeyValuePairs = [
            "synchronous": 2, "foreign_keys": 1, "secure_delete": 1, "cell_size_check": 1, "trusted_schema": 0,
            "busy_timeout": busyMilliseconds,
        ]
        for (name, value) in required {
            guard try Int.fetchOne(database, sql: "PRAGMA \(name)") == value else {
                throw SQLiteStoreError.setting(name)
            }
        }
    }
}
