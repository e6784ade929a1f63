extension SQLiteSchema {
    /// Dates are milliseconds since 1970. Digests, sealed records and wrapped keys are blobs. A foreign key that carries the
    /// tenant keeps one tenant's row from pointing at another's connection.
    static let firstVersion = """
        CREATE TABLE connections (
            id TEXT NOT NULL PRIMARY KEY,
            tenant TEXT NOT NULL,
            subdomain TEXT NOT NULL,
            permission_level TEXT NOT NULL,
            granted_scopes TEXT NOT NULL,
            status TEXT NOT NULL,
            status_reason TEXT,
            person_id INTEGER NOT NULL,
            person_name TEXT NOT NULL,
            person_email TEXT,
            person_role TEXT NOT NULL,
            account_fingerprint TEXT,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            generation INTEGER NOT NULL,
            access_token_expires_at INTEGER,
            refresh_token_expires_at INTEGER,
            preflight_verdict TEXT,
            preflight_checked_at INTEGER,
            sync_state TEXT NOT NULL,
            sync_last_completed_at INTEGER,
            UNIQUE (id, tenant)
        ) STRICT;
        CREATE UNIQUE INDEX connections_live ON connections (tenant, subdomain) WHERE status <> 'disconnected';
        CREATE INDEX connections_newest ON connections (created_at, id);
        CREATE INDEX connections_newest_of_tenant ON connections (tenant, created_at, id);

        CREATE TABLE credentials (
            connection_id TEXT NOT NULL PRIMARY KEY REFERENCES connections (id),
            generation INTEGER NOT NULL,
            access_token BLOB NOT NULL,
            refresh_token BLOB,
            key_id TEXT NOT NULL
        ) STRICT;
        CREATE INDEX credentials_key ON credentials (key_id);

        CREATE TABLE preflight_reports (
            id TEXT NOT NULL PRIMARY KEY,
            connection_id TEXT NOT NULL REFERENCES connections (id),
            verdict TEXT NOT NULL,
            checked_at INTEGER NOT NULL,
            json BLOB NOT NULL
        ) STRICT;
        CREATE INDEX preflight_reports_newest ON preflight_reports (connection_id, checked_at);

        CREATE TABLE pending_authorizations (
            position INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            state_digest BLOB NOT NULL UNIQUE,
            browser_digest BLOB NOT NULL,
            session_digest BLOB NOT NULL,
            tenant TEXT NOT NULL,
            subdomain TEXT NOT NULL,
            permission_level TEXT NOT NULL,
            sealed_verifier BLOB NOT NULL,
            key_id TEXT NOT NULL,
            return_url TEXT,
            reauthorizing TEXT,
            created_at INTEGER NOT NULL,
            expires_at INTEGER NOT NULL,
            FOREIGN KEY (reauthorizing, tenant) REFERENCES connections (id, tenant)
        ) STRICT;
        CREATE INDEX pending_authorizations_session ON pending_authorizations (session_digest, created_at);
        CREATE INDEX pending_authorizations_tenant ON pending_authorizations (tenant, created_at);
        CREATE INDEX pending_authorizations_end ON pending_authorizations (expires_at);

        CREATE TABLE sign_in_links (
            digest BLOB NOT NULL PRIMARY KEY,
            tenant TEXT NOT NULL,
            roles TEXT NOT NULL,
            expires_at INTEGER NOT NULL
        ) STRICT;

        -- A redeemed one has no digest any more, and lives as long as its browser session.
        CREATE TABLE connect_sessions (
            id TEXT NOT NULL PRIMARY KEY,
            digest BLOB UNIQUE,
            tenant TEXT NOT NULL,
            permission_levels TEXT NOT NULL,
            subdomain TEXT,
            return_url TEXT,
            connection_id TEXT,
            expires_at INTEGER NOT NULL,
            FOREIGN KEY (connection_id, tenant) REFERENCES connections (id, tenant)
        ) STRICT;

        CREATE TABLE sessions (
            digest BLOB NOT NULL PRIMARY KEY,
            public_id TEXT NOT NULL UNIQUE,
            tenant TEXT NOT NULL,
            roles TEXT NOT NULL,
            connect_session_id TEXT REFERENCES connect_sessions (id),
            expires_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX sessions_connect_session ON sessions (connect_session_id);

        CREATE TABLE form_tokens (
            digest BLOB NOT NULL PRIMARY KEY,
            expires_at INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE api_keys (
            position INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            digest BLOB NOT NULL UNIQUE,
            name TEXT NOT NULL,
            scopes TEXT NOT NULL,
            tenant TEXT,
            created_at INTEGER NOT NULL,
            revoked_at INTEGER
        ) STRICT;

        CREATE TABLE data_keys (
            position INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            state TEXT NOT NULL,
            wrapped BLOB NOT NULL,
            root_key_check_value BLOB NOT NULL,
            created_at INTEGER NOT NULL,
            activated_at INTEGER,
            retired_at INTEGER
        ) STRICT;

        -- leaf_hash stays NULL until the Merkle chain over the log exists; that migration fills it.
        CREATE TABLE audit_log (
            "index" INTEGER PRIMARY KEY,
            at INTEGER NOT NULL,
            actor_kind TEXT NOT NULL,
            actor_id TEXT,
            action TEXT NOT NULL,
            outcome TEXT NOT NULL CHECK (outcome IN ('succeeded', 'refused', 'failed')),
            outcome_code TEXT CHECK ((outcome = 'succeeded') = (outcome_code IS NULL)),
            tenant TEXT,
            connection_id TEXT,
            subject TEXT,
            generation INTEGER,
            key_id TEXT,
            leaf_hash BLOB
        ) STRICT;
        CREATE TRIGGER audit_log_keeps_entries BEFORE DELETE ON audit_log
        BEGIN SELECT RAISE(ABORT, 'audit entries are never deleted'); END;
        CREATE TRIGGER audit_log_keeps_words BEFORE UPDATE ON audit_log WHEN OLD.leaf_hash IS NOT NULL
            OR NEW."index" IS NOT OLD."index" OR NEW.at IS NOT OLD.at OR NEW.actor_kind IS NOT OLD.actor_kind
            OR NEW.actor_id IS NOT OLD.actor_id OR NEW.action IS NOT OLD.action OR NEW.outcome IS NOT OLD.outcome
            OR NEW.outcome_code IS NOT OLD.outcome_code OR NEW.tenant IS NOT OLD.tenant
            OR NEW.connection_id IS NOT OLD.connection_id OR NEW.subject IS NOT OLD.subject
            OR NEW.generation IS NOT OLD.generation OR NEW.key_id IS NOT OLD.key_id
        BEGIN SELECT RAISE(ABORT, 'audit entries are never changed'); END;

        -- One row, written by the health check to prove that writing works.
        CREATE TABLE health (id INTEGER PRIMARY KEY CHECK (id = 1), beats INTEGER NOT NULL) STRICT;
        INSERT INTO health VALUES (1, 0);
        """
}
