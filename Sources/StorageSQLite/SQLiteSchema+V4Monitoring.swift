extension SQLiteSchema {
    /// When a connection is checked next, and links to its diagnostics.
    static let monitoring = """
        """
}
