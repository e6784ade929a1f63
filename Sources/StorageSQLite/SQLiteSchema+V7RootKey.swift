extension SQLiteSchema {
    /// What the message of a refused write begins with.
    static let otherRootKey = "wrapped by another root key"

    /// Where the root key was put when it was last replaced, so that whoever starts with the former one is told; and from
    /// the commit of a replacement on, no process adds a key under the former one, however late it learns of it.
    static let rootKey = """
        CREATE TABLE root_key_place (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            place TEXT NOT NULL,
            former BLOB NOT NULL,
            replaced_at INTEGER NOT NULL
        ) STRICT;
        CREATE TRIGGER data_keys_one_root_key BEFORE INSERT ON data_keys WHEN \(strangers)
        BEGIN SELECT RAISE(ABORT, '\(otherRootKey)'); END;
        CREATE TRIGGER audit_keys_one_root_key BEFORE INSERT ON audit_keys WHEN \(strangers)
        BEGIN SELECT RAISE(ABORT, '\(otherRootKey)'); END;
        """

    private static let strangers = """
        EXISTS (SELECT 1 FROM data_keys WHERE length(wrapped) > 0
            AND root_key_check_value <> NEW.root_key_check_value)
        OR EXISTS (SELECT 1 FROM audit_keys WHERE length(wrapped) > 0
            AND root_key_check_value <> NEW.root_key_check_value)
        """
}
