extension SQLiteSchema {
    /// The journal of refreshes and who may refresh.
    static let refresh = """
        """
}
