import GRDB

/// The schema, its versions, and whose file it is.
enum SQLiteSchema {
    /// `LkSt` in the file's header: tells our database from any other program's.
    static let applicationID = 0x4C6B_5374

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("v1") { database in
            try database.execute(sql: firstVersion)
            try database.execute(sql: "PRAGMA application_id = \(applicationID)")
        }
        for (name, sql) in later {
            migrator.registerMigration(name) { database in
                try database.execute(sql: sql)
                if name == auditTreeName { try growAuditTree(database) }
            }
        }
        return migrator
    }

    private static let auditTreeName = "v2 audit tree"

    private static let later = [
        (auditTreeName, auditTree),
        ("v2 key rotation", keyRotation),
        ("v3 leases", leases),
        ("v3 refresh", refresh),
        ("v3 events", events),
        ("v4 monitoring", monitoring),
        ("v5 key guards", keyGuards),
        ("v6 key keeping", keyKeeping),
        ("v7 root key", rootKey),
        ("v8 remnants", remnants),
        ("v9 sweeps", sweeps),
        ("v10 refresh endings", refreshEndings),
        ("v10 forced refreshes", forcedRefreshes),
        ("v11 key standings", keyStandings),
    ]

    /// Refuses a file that another program made, before anything in it changes.
    static func checkOwnership(_ database: Database) throws {
        guard try Int.fetchOne(database, sql: "PRAGMA application_id") == applicationID else {
            throw SQLiteStoreError.notOurs
        }
    }

    /// Each migration is one transaction, so a crash leaves the one before it.
    static func migrate(_ writer: some DatabaseWriter) throws {
        try checkNotNewer(writer)
        do {
            try migrator.migrate(writer)
        } catch {
            // Of two processes that upgrade at once, the slower fails on what the faster has done already.
            guard try writer.read(migrator.hasCompletedMigrations) else { throw error }
        }
        try checkNotNewer(writer)
    }

    private static func checkNotNewer(_ writer: some DatabaseWriter) throws {
        guard try !writer.read(migrator.hasBeenSuperseded) else { throw SQLiteStoreError.schemaTooNew }
    }
}
