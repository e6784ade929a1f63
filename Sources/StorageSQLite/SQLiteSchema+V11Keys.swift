extension SQLiteSchema {
    /// Which root key a running service holds, where the former one lay, and how many rows a reseal had to leave: what would
    /// otherwise be known to one process, and gone with it.
    static let keyStandings = """
        ALTER TABLE nodes ADD COLUMN root_key BLOB;
        ALTER TABLE root_key_place ADD COLUMN former_place TEXT;
        ALTER TABLE reseal_runs ADD COLUMN unreadable INTEGER NOT NULL DEFAULT 0;
        """
}
