import Foundation
import GRDB
import GatewayCore
package import Storage

/// What somebody can do who may write to the database file, or who restores an old one: past the store and its guards.
package struct TamperedFile: Sendable {
    let path: String

    package init(path: String) {
        self.path = path
    }

    /// One statement, with the guards out of the way for its length. Octets and texts are bound in order.
    package func execute(_ sql: String, _ octets: [[UInt8]] = [], _ texts: [String] = []) throws {
        let database = try DatabaseQueue(path: path)
        try database.write { database in
            let guards = try Row.fetchAll(
                database,
                sql: "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%_under_primary_%'")
            for row in guards { try database.execute(sql: "DROP TRIGGER \(row["name"] as String)") }
            let values = octets.map { Data($0).databaseValue } + texts.map(\.databaseValue)
            try database.execute(sql: sql, arguments: StatementArguments(values))
            for row in guards { try database.execute(sql: row["sql"] as String) }
        }
        try database.close()
    }

    /// The credential's row as it was in an old copy; the connection's as well when a generation is given.
    package func restore(_ old: SealedCredential, generation: UInt64? = nil) throws {
        try execute(
            "UPDATE credentials SET access_token = ?, refresh_token = ?, key_id = ?, generation = \(old.generation) "
                + "WHERE connection_id = ?", [old.accessToken, old.refreshToken ?? []],
            [old.keyID, old.connection.text])
        guard let generation else { return }
        try execute("UPDATE connections SET generation = \(generation) WHERE id = ?", [], [old.connection.text])
    }
}

extension TamperedFile {
    /// Takes the connections away from under their credentials.
    package func orphanCredentials() throws {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        let database = try DatabaseQueue(path: path, configuration: configuration)
        try database.write { database in
            try database.execute(sql: "DELETE FROM refresh_schedule; DELETE FROM connections")
        }
        try database.close()
    }

    /// Somebody else's open read transaction, as a backup tool or a shell would hold it.
    package func holdRead() throws -> HeldRead { try HeldRead(path: path) }

    package struct HeldRead: Sendable {
        private let database: DatabaseQueue

        init(path: String) throws {
            var configuration = Configuration()
            configuration.allowsUnsafeTransactions = true
            database = try DatabaseQueue(path: path, configuration: configuration)
            try database.writeWithoutTransaction { database in
                try database.execute(sql: "BEGIN")
                _ = try Int.fetchOne(database, sql: "SELECT count(*) FROM data_keys")
            }
        }

        package func release() throws {
            try database.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
            try database.close()
        }
    }
}
