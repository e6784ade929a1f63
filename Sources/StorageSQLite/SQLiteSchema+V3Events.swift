extension SQLiteSchema {
    /// Webhook endpoints, how far each has been told, and revocations that wait for Zendesk.
    static let events = """
        -- A token outlives its connection here, so there is no foreign key.
        CREATE TABLE pending_revocations (
            id TEXT NOT NULL PRIMARY KEY,
            tenant TEXT NOT NULL,
            subdomain TEXT NOT NULL,
            connection_id TEXT,
            generation INTEGER NOT NULL,
            access_token BLOB NOT NULL,
            key_id TEXT NOT NULL,
            queued_at INTEGER NOT NULL,
            expires_at INTEGER,
            attempts INTEGER NOT NULL,
            last_attempt_at INTEGER,
            last_code TEXT,
            next_attempt_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX pending_revocations_due ON pending_revocations (next_attempt_at);
        CREATE INDEX pending_revocations_connection ON pending_revocations (connection_id);
        CREATE INDEX pending_revocations_key ON pending_revocations (key_id);

        -- `subdomain` and `generation` are what every sealed table has; an endpoint belongs to no organization.
        CREATE TABLE webhook_endpoints (
            id TEXT NOT NULL PRIMARY KEY,
            tenant TEXT NOT NULL,
            subdomain TEXT NOT NULL DEFAULT '',
            generation INTEGER NOT NULL DEFAULT 0,
            url TEXT NOT NULL,
            secret BLOB NOT NULL,
            key_id TEXT NOT NULL,
            created_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX webhook_endpoints_key ON webhook_endpoints (key_id);

        CREATE TABLE webhook_progress (
            name TEXT NOT NULL PRIMARY KEY,
            cursor INTEGER NOT NULL,
            attempts INTEGER NOT NULL,
            failing_since INTEGER,
            last_code TEXT,
            next_attempt_at INTEGER,
            delivered_at INTEGER,
            disabled_at INTEGER
        ) STRICT;

        CREATE TABLE expiry_warnings (
            connection_id TEXT NOT NULL REFERENCES connections (id),
            generation INTEGER NOT NULL,
            seconds_left INTEGER NOT NULL,
            PRIMARY KEY (connection_id, generation, seconds_left)
        ) STRICT;
        """
}
