extension SQLiteSchema {
    /// Webhook endpoints, how far each has been told, and revocations that wait for Zendesk.
    static let events = """
        """
}
