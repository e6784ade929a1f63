extension SQLiteSchema {
    /// What rotating data keys and replacing the root key need.
    static let keyRotation = """
        """
}
