extension SQLiteSchema {
    /// What the Merkle tree over the audit log needs.
    static let auditTree = """
        """
}
