extension SQLiteSchema {
    /// The journal of refreshes and who may refresh; and when each connection is due. Triggers keep the schedule, so that
    /// no path that changes a connection can forget it.
    static let refresh = """
        CREATE TABLE refresh_journal (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            connection_id TEXT NOT NULL REFERENCES connections (id),
            generation INTEGER NOT NULL,
            phase TEXT NOT NULL,
            holder TEXT NOT NULL,
            fence INTEGER NOT NULL,
            begun_at INTEGER NOT NULL,
            sent_at INTEGER NOT NULL,
            held_until INTEGER NOT NULL,
            marked INTEGER NOT NULL DEFAULT 0,
            doubts INTEGER NOT NULL DEFAULT 0,
            outcome TEXT,
            ended_at INTEGER
        ) STRICT;
        CREATE UNIQUE INDEX refresh_journal_open ON refresh_journal (connection_id) WHERE ended_at IS NULL;
        CREATE INDEX refresh_journal_newest ON refresh_journal (connection_id, id);

        CREATE TABLE refresh_schedule (
            connection_id TEXT NOT NULL PRIMARY KEY REFERENCES connections (id),
            due_at INTEGER NOT NULL,
            not_before INTEGER,
            failures INTEGER NOT NULL DEFAULT 0,
            obtained_at INTEGER NOT NULL,
            learned_lifetime INTEGER
        ) STRICT;
        CREATE INDEX refresh_schedule_due ON refresh_schedule (due_at);
        INSERT INTO refresh_schedule (connection_id, due_at, obtained_at)
            SELECT id, 0, updated_at FROM connections WHERE status IN ('active', 'in_doubt');

        CREATE TRIGGER refresh_schedule_begins AFTER UPDATE OF generation ON connections
            WHEN NEW.generation <> OLD.generation
        BEGIN
            INSERT INTO refresh_schedule (connection_id, due_at, obtained_at)
                VALUES (NEW.id, 0, NEW.updated_at)
                ON CONFLICT (connection_id) DO UPDATE SET due_at = 0, not_before = NULL, failures = 0,
                    obtained_at = excluded.obtained_at;
        END;
        CREATE TRIGGER refresh_schedule_ends AFTER UPDATE OF status ON connections
            WHEN NEW.status IN ('needs_reauthorization', 'disconnected')
                AND NOT EXISTS (
                    SELECT 1 FROM refresh_journal WHERE connection_id = NEW.id AND ended_at IS NULL)
        BEGIN
            DELETE FROM refresh_schedule WHERE connection_id = NEW.id;
        END;
        """
}
