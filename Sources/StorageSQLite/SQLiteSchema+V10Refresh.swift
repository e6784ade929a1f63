extension SQLiteSchema {
    /// A disconnected connection has no refresh token any more that somebody could find out about. What was left open of its
    /// refreshes ends with it: an entry that stays open is looked at before everything else, for ever.
    static let refreshEndings = """
        DROP TRIGGER refresh_schedule_ends;
        CREATE TRIGGER refresh_schedule_ends AFTER UPDATE OF status ON connections
            WHEN NEW.status IN ('needs_reauthorization', 'disconnected')
        BEGIN
            UPDATE refresh_journal SET phase = 'superseded', outcome = 'superseded', ended_at = NEW.updated_at
                WHERE connection_id = NEW.id AND ended_at IS NULL AND NEW.status = 'disconnected';
            DELETE FROM refresh_schedule WHERE connection_id = NEW.id
                AND NOT EXISTS (
                    SELECT 1 FROM refresh_journal WHERE connection_id = NEW.id AND ended_at IS NULL);
        END;

        UPDATE refresh_journal SET phase = 'superseded', outcome = 'superseded', ended_at = connections.updated_at
            FROM connections
            WHERE connections.id = connection_id AND status = 'disconnected' AND ended_at IS NULL;
        DELETE FROM refresh_schedule
            WHERE connection_id IN (SELECT id FROM connections WHERE status = 'disconnected');
        """

    /// Until when not even somebody who forces a refresh gets one.
    static let forcedRefreshes = """
        ALTER TABLE refresh_schedule ADD COLUMN forced_not_before INTEGER;

        DROP TRIGGER refresh_schedule_begins;
        CREATE TRIGGER refresh_schedule_begins AFTER UPDATE OF generation ON connections
            WHEN NEW.generation <> OLD.generation
        BEGIN
            INSERT INTO refresh_schedule (connection_id, due_at, obtained_at)
                VALUES (NEW.id, 0, NEW.updated_at)
                ON CONFLICT (connection_id) DO UPDATE SET due_at = 0, not_before = NULL, forced_not_before = NULL,
                    failures = 0, obtained_at = excluded.obtained_at;
        END;
        """
}
