package import FoundationEssentials
package import GatewayCore

/// Tokens that have to die at Zendesk. How one comes in with the change that orphans it is told by `ConnectionStore`.
package protocol RevocationStore: Sendable {
    /// Keeps a token that belongs to no connection any more, or never did.
    func queueRevocation(_ revocation: PendingRevocation, audit: AuditEvent) async throws

    /// Those whose time has come, the one that is due longest first.
    func dueRevocations(at: Date, limit: Int) async throws -> [PendingRevocation]

    /// What still waits for one connection, oldest first.
    func pendingRevocations(of connection: ConnectionID) async throws -> [PendingRevocation]

    /// The same for several connections.
    func pendingRevocations(ofAny connections: [ConnectionID]) async throws -> [PendingRevocation]

    /// How many wait in all.
    func pendingRevocationCount() async throws -> Int

    /// Notes an attempt that did not settle it, and when the next one is due. An end that was unknown is filled in.
    func recordRevocationAttempt(_ attempt: RevocationAttempt, of id: RevocationID) async throws

    /// Erases the token. False, without an entry, when somebody else was faster. When it was the last one of an ended
    /// connection, `reason` becomes that connection's status reason in the same step.
    func settleRevocation(_ id: RevocationID, reason: String?, at: Date, audit: AuditEvent) async throws -> Bool
}

/// A sealed access token nobody uses any more, kept only to be revoked with.
package struct PendingRevocation: Sendable, Equatable {
    package let id: RevocationID
    package let tenant: TenantID
    package let subdomain: String
    /// Nil for tokens of a connect that was refused before there was a connection.
    package let connection: ConnectionID?
    package let generation: UInt64
    package let accessToken: [UInt8]
    package let keyID: String
    package let queuedAt: Date
    /// When the token ends by itself; nil when Zendesk has not said.
    package let expiresAt: Date?
    package let attempts: Int
    package let lastAttemptAt: Date?
    /// What stood in the way the last time: a stable code.
    package let lastCode: String?
    package let nextAttemptAt: Date

    package init(
        id: RevocationID, tenant: TenantID, subdomain: String, connection: ConnectionID?, generation: UInt64,
        accessToken: [UInt8], keyID: String, queuedAt: Date, expiresAt: Date?, attempts: Int = 0,
        lastAttemptAt: Date? = nil, lastCode: String? = nil, nextAttemptAt: Date
    ) {
        self.id = id
        self.tenant = tenant
        self.subdomain = subdomain
        self.connection = connection
        self.generation = generation
        self.accessToken = accessToken
        self.keyID = keyID
        self.queuedAt = queuedAt
        self.expiresAt = expiresAt
        self.attempts = attempts
        self.lastAttemptAt = lastAttemptAt
        self.lastCode = lastCode
        self.nextAttemptAt = nextAttemptAt
    }
}

/// An attempt that did not end a token.
package struct RevocationAttempt: Sendable, Equatable {
    package let at: Date
    package let code: String
    package let nextAttemptAt: Date
    /// What Zendesk said about the token's end; nil when it said nothing.
    package let expiresAt: Date?

    package init(at: Date, code: String, nextAttemptAt: Date, expiresAt: Date?) {
        self.at = at
        self.code = code
        self.nextAttemptAt = nextAttemptAt
        self.expiresAt = expiresAt
    }
}
