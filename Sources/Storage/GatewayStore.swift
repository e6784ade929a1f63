/// Everything the gateway remembers. One adapter per database conforms to all roles.
package protocol GatewayStore: ConnectionStore, PendingAuthorizationStore, SessionStore, ConnectSessionStore,
    APIKeyStore,
    KeyringStore,
    NodeStore,
    SealedRowStore,
    LeaseStore,
    RevocationStore,
    WebhookStore,
    ExpiryStore,
    AuditKeyStore,
    RefreshStore,
    RefreshScheduleStore,
    HandOffStore,
    PreflightStore,
    DiagnosticsLinkStore,
    AuditLogStore
{
    /// Proves that the store can be read and, with a harmless durable write, written.
    func checkHealth() async throws
}

/// What can go wrong in any store. The text is safe for strangers.
package enum StorageError: Error, Sendable, Equatable {
    /// Somebody else held the database for longer than we wait; worth another try soon.
    case busy
    /// The row changed since it was read, or exists already.
    case conflict
    /// What was to be written is sealed under a data key that is no longer primary: load the keyring, seal again.
    case keyNotPrimary
    /// Disk full, read-only, or an I/O error: nothing was changed.
    case unwritable
    /// The database file is not one of ours, or damaged.
    case damaged
    /// The schema is newer than this program.
    case schemaTooNew
    /// A page was asked for with a cursor that no page returned.
    case unknownCursor
}
