extension SQLiteSchema {
    /// Access tokens handed out for a while.
    static let leases = """
        CREATE TABLE token_leases (
            id TEXT NOT NULL PRIMARY KEY,
            connection_id TEXT NOT NULL REFERENCES connections (id),
            generation INTEGER NOT NULL,
            holder TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            expires_at INTEGER NOT NULL,
            released_at INTEGER
        ) STRICT;
        CREATE INDEX token_leases_connection ON token_leases (connection_id, expires_at);
        CREATE INDEX token_leases_end ON token_leases (expires_at);
        """
}
