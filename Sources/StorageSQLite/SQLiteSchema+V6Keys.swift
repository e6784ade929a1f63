extension SQLiteSchema {
    /// How long a key has served, which keys still open, and which reseals a running service takes up. The indexes hold a few
    /// entries each, where a search through a long log would read all of it.
    static let keyKeeping = """
        ALTER TABLE data_keys ADD COLUMN served_seconds INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE keyring_version ADD COLUMN oldest_opening TEXT;
        CREATE TRIGGER keyring_version_rises_on_oldest AFTER UPDATE OF oldest_opening ON keyring_version
        BEGIN UPDATE keyring_version SET version = version + 1; END;
        ALTER TABLE reseal_runs ADD COLUMN is_background INTEGER NOT NULL DEFAULT 0;

        CREATE INDEX audit_log_proofs ON audit_log ("index") WHERE action = 'rotation.verified';
        CREATE INDEX audit_log_emergencies ON audit_log ("index")
            WHERE action IN ('emergency_rotation.begun', 'emergency_rotation.completed');
        """
}
