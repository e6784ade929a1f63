package import Storage

/// One promise of the role protocols: a sentence, and what has to be true of an empty store for it to hold.
package struct StoragePromise: Sendable, CustomStringConvertible {
    package let sentence: String
    private let expectations: @Sendable (any GatewayStore) async throws -> Void

    init(_ sentence: String, _ expectations: @escaping @Sendable (any GatewayStore) async throws -> Void) {
        self.sentence = sentence
        self.expectations = expectations
    }

    package var description: String { sentence }

    /// The store must be empty and nobody else's.
    package func check(on store: any GatewayStore) async throws {
        try await expectations(store)
    }

    package static let all =
        saving + replacing + finding + listing + preflights + statuses + erasing + pendingAuthorizations
        + consuming + sweeping + signIn + sessions + connectSessions + apiKeys + keyring + auditLog + health
        + revocations + webhooks
        + dataKeys + rootKey + remnants
        + resealing
        + leases + handOffs + refreshes
        + preflightHistory + preflightSchedule + diagnosticsLinks
}
