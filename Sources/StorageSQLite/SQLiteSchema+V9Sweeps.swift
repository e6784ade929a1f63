extension SQLiteSchema {
    /// What is forgotten each minute is found by its end, and not by reading all there is.
    static let sweeps = """
        CREATE INDEX token_leases_released ON token_leases (released_at) WHERE released_at IS NOT NULL;
        CREATE INDEX sign_in_links_end ON sign_in_links (expires_at);
        CREATE INDEX sessions_end ON sessions (expires_at);
        CREATE INDEX form_tokens_end ON form_tokens (expires_at);
        CREATE INDEX connect_sessions_end ON connect_sessions (expires_at);
        """
}
