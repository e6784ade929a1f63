package import FoundationEssentials
package import GatewayCore

package protocol ConnectionStore: Sendable {
    /// Writes connection, sealed credential and audit entries together. A reconnect (same id) succeeds only while the stored
    /// generation is `replacing`; a first connect has nil there. Throws `conflict` otherwise and changes nothing, and also when
    /// a reconnect would change tenant or organization, when the tenant has another live connection to the organization,
    /// and when the credential is of another connection or generation. `disconnected` is final: a new connect makes a new
    /// connection. `queueing` keeps the token that is replaced, to be revoked, in the same step.
    func saveConnected(
        _ connection: Connection, credential: SealedCredential, replacing: UInt64?, queueing: PendingRevocation?,
        audit: [AuditEvent]) async throws

    func connection(_ id: ConnectionID) async throws -> Connection?

    /// The one live connection of a tenant to an organization: everything but `disconnected`.
    func liveConnection(tenant: TenantID, subdomain: String) async throws -> Connection?

    /// Newest first; `cursor` is what the last page returned.
    func connections(matching query: ConnectionQuery) async throws -> ConnectionPage

    func credential(of id: ConnectionID) async throws -> SealedCredential?

    /// Changes status and reason; only if the generation is still `generation`, so that a late verdict about old tokens
    /// cannot hurt new ones. Returns whether it changed anything, and writes no entry otherwise; `disconnected` never becomes
    /// anything else, and ends what is left open of a refresh.
    @discardableResult
    func setStatus(
        _ status: ConnectionStatus, reason: String?, of id: ConnectionID, generation: UInt64, at: Date,
        audit: AuditEvent
    ) async throws -> Bool

    /// Erases the credential, marks the connection disconnected and ends what is left open of a refresh; `queueing` keeps its
    /// token, to be revoked, in the same step. Idempotent. Returns the index of the first audit entry; nil when there was
    /// nothing left to do, and then nothing is written or queued. `reason` becomes the status reason. Throws `conflict` when the connection is live
    /// with another generation than `generation`: its tokens are others than those the caller knows.
    @discardableResult
    func eraseCredential(
        of id: ConnectionID, generation: UInt64?, reason: String?, queueing: PendingRevocation?, at: Date,
        audit: [AuditEvent]
    ) async throws -> Int64?
}

extension ConnectionStore {
    /// The same with nothing to revoke.
    package func saveConnected(
        _ connection: Connection, credential: SealedCredential, replacing: UInt64?, audit: [AuditEvent]
    ) async throws {
        try await saveConnected(
            connection, credential: credential, replacing: replacing, queueing: nil, audit: audit)
    }

    /// The same whatever the generation, and with nothing to revoke.
    @discardableResult
    package func eraseCredential(
        of id: ConnectionID, reason: String? = nil, at: Date, audit: AuditEvent
    ) async throws -> Int64? {
        try await eraseCredential(of: id, generation: nil, reason: reason, queueing: nil, at: at, audit: [audit])
    }
}

/// The stored, sealed token set of a connection.
package struct SealedCredential: Sendable, Equatable {
    package let connection: ConnectionID
    package let generation: UInt64
    package let accessToken: [UInt8]
    package let refreshToken: [UInt8]?
    /// The data key both are sealed under, for counts without opening.
    package let keyID: String

    package init(
        connection: ConnectionID, generation: UInt64, accessToken: [UInt8], refreshToken: [UInt8]?, keyID: String
    ) {
        self.connection = connection
        self.generation = generation
        self.accessToken = accessToken
        self.refreshToken = refreshToken
        self.keyID = keyID
    }
}

package struct ConnectionQuery: Sendable, Equatable {
    package static let maximumPageSize = 200

    package var tenant: TenantID?
    package var status: ConnectionStatus?
    /// Whose organization or tenant has this in its name, whatever the case.
    package var search: String?
    /// 1 to `maximumPageSize`.
    package var pageSize: Int
    package var cursor: String?

    package init(
        tenant: TenantID? = nil, status: ConnectionStatus? = nil, search: String? = nil, pageSize: Int = 50,
        cursor: String? = nil
    ) {
        self.tenant = tenant
        self.status = status
        self.search = search
        self.pageSize = min(max(pageSize, 1), Self.maximumPageSize)
        self.cursor = cursor
    }
}

package struct ConnectionPage: Sendable, Equatable {
    package let connections: [Connection]
    package let nextCursor: String?

    package init(connections: [Connection], nextCursor: String?) {
        self.connections = connections
        self.nextCursor = nextCursor
    }
}
