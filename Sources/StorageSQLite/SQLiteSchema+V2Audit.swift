import AuditTrail
import FoundationEssentials
import GRDB
import Storage

extension SQLiteSchema {
    /// What the Merkle tree over the audit log needs.
    ///
    /// `audit_head` is the frontier of the tree, so that appending reads one row. `audit_nodes` keeps the hashes of complete
    /// subtrees from level 4 up; lower ones are made from at most sixteen leaf hashes. An audit key is wrapped by the root
    /// key, as data keys are.
    static let auditTree = """
        CREATE TABLE audit_head (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            size INTEGER NOT NULL,
            frontier BLOB NOT NULL
        ) STRICT;
        INSERT INTO audit_head VALUES (1, 0, x'');

        CREATE TABLE audit_nodes (
            level INTEGER NOT NULL,
            position INTEGER NOT NULL,
            hash BLOB NOT NULL,
            PRIMARY KEY (level, position)
        ) STRICT, WITHOUT ROWID;
        CREATE TRIGGER audit_nodes_stay BEFORE DELETE ON audit_nodes
        BEGIN SELECT RAISE(ABORT, 'audit nodes are never deleted'); END;
        CREATE TRIGGER audit_nodes_stay_the_same BEFORE UPDATE ON audit_nodes
        BEGIN SELECT RAISE(ABORT, 'audit nodes are never changed'); END;

        CREATE TABLE audit_keys (
            id TEXT NOT NULL PRIMARY KEY,
            state TEXT NOT NULL CHECK (state IN ('active', 'retired')),
            public_key BLOB NOT NULL UNIQUE,
            wrapped BLOB NOT NULL CHECK ((state = 'retired') = (length(wrapped) = 0)),
            root_key_check_value BLOB NOT NULL,
            created_at INTEGER NOT NULL,
            retired_at INTEGER
        ) STRICT;
        CREATE UNIQUE INDEX audit_keys_active ON audit_keys (state) WHERE state = 'active';

        CREATE TABLE audit_checkpoints (
            size INTEGER NOT NULL,
            key_id TEXT NOT NULL REFERENCES audit_keys (id),
            root BLOB NOT NULL,
            signed_at INTEGER NOT NULL,
            note TEXT NOT NULL,
            PRIMARY KEY (size, key_id)
        ) STRICT;
        """

    /// Gives entries that are older than the tree their place in it. From then on no entry comes in without one.
    static func growAuditTree(_ database: Database) throws {
        var tree = try AuditTreeWriter(database)
        while case let entries = try oldEntries(after: tree.nextIndex - 1, database), !entries.isEmpty {
            for record in entries {
                let hash = try tree.add(record)
                try database.execute(
                    sql: #"UPDATE audit_log SET leaf_hash = ? WHERE "index" = ?"#,
                    arguments: [hash.octets.data, record.index])
            }
        }
        try tree.finish()
        try database.execute(
            sql: """
                CREATE TRIGGER audit_log_is_a_tree BEFORE INSERT ON audit_log WHEN NEW.leaf_hash IS NULL
                BEGIN SELECT RAISE(ABORT, 'an audit entry has its place in the tree'); END
                """)
    }
    private static func oldEntries(after index: Int64, _ database: Database) throws -> [AuditRecord] {
        try database.records(#"SELECT * FROM audit_log WHERE "index" > ? ORDER BY "index" LIMIT 1000"#, [index])
            .map { try $0.auditEntry().record }
    }
}
