package import FoundationEssentials
package import GatewayCore

/// Which connections end soon, and who was warned of it.
package protocol ExpiryStore: Sendable {
    /// Live connections that end between two dates, nearest first; `last` is where the last page ended.
    func connectionHorizons(
        from last: ConnectionHorizon?, after: Date, before: Date, limit: Int
    ) async throws -> [ConnectionHorizon]

    func connectionHorizon(of id: ConnectionID) async throws -> ConnectionHorizon?

    /// Of these connections, those that have one.
    func connectionHorizons(of ids: [ConnectionID]) async throws -> [ConnectionHorizon]

    /// Remembers that this generation was warned with this much time left, once. False, without an entry, when it was
    /// before, or with less left, or the generation is another one by now.
    func recordExpiryWarning(
        of id: ConnectionID, generation: UInt64, secondsLeft: Int, audit: AuditEvent
    ) async throws -> Bool

    /// How many connections there are of each status.
    func connectionCounts() async throws -> [ConnectionStatus: Int]

    /// The nearest horizon of all live connections.
    func nearestHorizon() async throws -> Date?

    /// Live connections that were neither connected nor renewed since the last time that happened; nil when it never did.
    func connectionsUnchanged(sinceLast action: AuditAction) async throws -> Int?
}

/// When a connection ends unless somebody or something acts.
package struct ConnectionHorizon: Sendable, Equatable {
    package let connection: ConnectionID
    package let tenant: TenantID
    package let subdomain: String
    package let generation: UInt64
    /// When this token set arrived.
    package let obtainedAt: Date
    package let end: Date
    /// Whether it can be renewed at all; then the end is the refresh token's, else the access token's.
    package let isRenewable: Bool
    /// The smallest threshold this generation was warned at.
    package let warnedAt: Int?

    package init(
        connection: ConnectionID, tenant: TenantID, subdomain: String, generation: UInt64, obtainedAt: Date, end: Date,
        isRenewable: Bool, warnedAt: Int?
    ) {
        self.connection = connection
        self.tenant = tenant
        self.subdomain = subdomain
        self.generation = generation
        self.obtainedAt = obtainedAt
        self.end = end
        self.isRenewable = isRenewable
        self.warnedAt = warnedAt
    }
}
