extension SQLiteSchema {
    /// What was erased and may still stand in the write-ahead log, and where the limit on old keys is read.
    ///
    /// The triggers count in the erasing transaction itself, so that no statement forgets it and no kill comes in between.
    /// What a reseal replaces is not counted: it ends with a proof, which empties the log.
    static let remnants = """
        CREATE TABLE remnants (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            erased INTEGER NOT NULL,
            purged INTEGER NOT NULL
        ) STRICT;
        INSERT INTO remnants VALUES (1, 0, 0);
        \(erasures)

        CREATE INDEX audit_log_oldest_opening ON audit_log ("index") WHERE action = 'data_key.oldest_opening_set';
        """

    private static let erasures = [
        ("data_keys", "UPDATE OF wrapped"), ("audit_keys", "UPDATE OF wrapped"), ("credentials", "DELETE"),
        ("pending_revocations", "DELETE"), ("webhook_endpoints", "DELETE"),
    ].map { table, event in
        """
        CREATE TRIGGER \(table)_leave_remnants AFTER \(event) ON \(table)
        BEGIN UPDATE remnants SET erased = erased + 1; END;
        """
    }.joined(separator: "\n")
}
