extension SQLiteSchema {
    /// What rotating data keys needs.
    ///
    /// `keyring_version` rises with every change of a data key, so that a node learns with one cheap read that it must look
    /// again, and says by the same number what it knows.
    static let keyRotation = """
        ALTER TABLE data_keys ADD COLUMN destroy_at INTEGER;
        ALTER TABLE data_keys ADD COLUMN seals_reserved INTEGER NOT NULL DEFAULT 0;

        CREATE TABLE keyring_version (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL) STRICT;
        INSERT INTO keyring_version VALUES (1, 1);
        CREATE TRIGGER keyring_version_rises_on_insert AFTER INSERT ON data_keys
        BEGIN UPDATE keyring_version SET version = version + 1; END;
        CREATE TRIGGER keyring_version_rises_on_change AFTER UPDATE OF state, wrapped ON data_keys
        BEGIN UPDATE keyring_version SET version = version + 1; END;

        CREATE TABLE nodes (
            id TEXT NOT NULL PRIMARY KEY,
            started_at INTEGER NOT NULL,
            seen_at INTEGER NOT NULL,
            keyring_version INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE reseal_runs (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            target TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('running', 'paused', 'completed', 'abandoned')),
            table_name TEXT,
            row_after TEXT,
            total INTEGER NOT NULL,
            done INTEGER NOT NULL DEFAULT 0,
            overtaken INTEGER NOT NULL DEFAULT 0,
            rows_per_second INTEGER,
            holder TEXT NOT NULL,
            held_until INTEGER NOT NULL,
            started_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            completed_at INTEGER
        ) STRICT;
        CREATE UNIQUE INDEX reseal_runs_open ON reseal_runs (1) WHERE state IN ('running', 'paused');
        CREATE INDEX pending_authorizations_key ON pending_authorizations (key_id);
        """

    /// What the message of a refused write begins with.
    static let notPrimary = "sealed under a data key that is not primary"

    /// From the commit of a promotion on, nothing new is sealed under another key, whichever process writes and however
    /// old its keyring is (KEY-02, KEY-04). The reseal itself writes under the primary, so it passes.
    static let keyGuards = [
        ("credentials", "access_token, refresh_token, key_id"), ("pending_authorizations", "sealed_verifier, key_id"),
        ("pending_revocations", "access_token, key_id"), ("webhook_endpoints", "secret, key_id"),
    ].map { table, columns in
        ["INSERT", "UPDATE OF \(columns)"].enumerated().map { index, event in
            """
            CREATE TRIGGER \(table)_under_primary_\(index) BEFORE \(event) ON \(table)
            WHEN \(table == "pending_authorizations" ? "length(NEW.sealed_verifier) > 0 AND " : "")
                EXISTS (SELECT 1 FROM data_keys WHERE id = NEW.key_id AND state <> 'primary')
            BEGIN SELECT RAISE(ABORT, '\(notPrimary)'); END;
            """
        }.joined(separator: "\n")
    }.joined(separator: "\n")
}
