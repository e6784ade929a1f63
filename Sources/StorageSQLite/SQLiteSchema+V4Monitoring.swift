extension SQLiteSchema {
    /// What preflight found over time, when each connection is looked at next, and links to its diagnostics.
    ///
    /// A connection is looked at while its tokens may live. The first look of a new one comes ten minutes later, for the
    /// case that the run which belongs to connecting never ended.
    static let monitoring = """
        ALTER TABLE preflight_reports ADD COLUMN outcomes TEXT NOT NULL DEFAULT '';

        CREATE TABLE preflight_history (
            position INTEGER PRIMARY KEY,
            connection_id TEXT NOT NULL REFERENCES connections (id),
            report_id TEXT NOT NULL,
            first_at INTEGER NOT NULL,
            last_at INTEGER NOT NULL,
            runs INTEGER NOT NULL,
            verdict TEXT NOT NULL,
            outcomes TEXT NOT NULL
        ) STRICT;
        CREATE INDEX preflight_history_of_connection ON preflight_history (connection_id, position);
        CREATE INDEX preflight_history_end ON preflight_history (last_at);
        CREATE INDEX preflight_reports_end ON preflight_reports (checked_at);

        CREATE TABLE preflight_schedule (
            connection_id TEXT NOT NULL PRIMARY KEY REFERENCES connections (id),
            due_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX preflight_schedule_due ON preflight_schedule (due_at);
        INSERT INTO preflight_schedule (connection_id, due_at)
            SELECT id, updated_at + 600000 FROM connections WHERE status IN ('active', 'in_doubt');

        CREATE TRIGGER preflight_schedule_begins AFTER UPDATE OF generation, status ON connections
            WHEN NEW.status IN ('active', 'in_doubt')
                AND (NEW.generation <> OLD.generation OR NEW.status <> OLD.status)
        BEGIN
            INSERT INTO preflight_schedule (connection_id, due_at) VALUES (NEW.id, NEW.updated_at + 600000)
                ON CONFLICT (connection_id) DO NOTHING;
        END;
        CREATE TRIGGER preflight_schedule_ends AFTER UPDATE OF status ON connections
            WHEN NEW.status NOT IN ('active', 'in_doubt')
        BEGIN
            DELETE FROM preflight_schedule WHERE connection_id = NEW.id;
        END;

        CREATE TABLE diagnostics_links (
            id TEXT NOT NULL PRIMARY KEY,
            digest BLOB NOT NULL UNIQUE,
            tenant TEXT NOT NULL,
            connection_id TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            expires_at INTEGER NOT NULL,
            opened_at INTEGER,
            FOREIGN KEY (connection_id, tenant) REFERENCES connections (id, tenant)
        ) STRICT;
        CREATE INDEX diagnostics_links_of_connection ON diagnostics_links (connection_id);
        CREATE INDEX diagnostics_links_end ON diagnostics_links (expires_at);
        """
}
