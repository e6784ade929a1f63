package import FoundationEssentials
package import GatewayCore

package protocol LeaseStore: Sendable {
    /// Durable before it returns, with its audit entry. Throws `conflict` when the connection has no such generation any
    /// more, so that no token is handed out that a rotation has just killed.
    func insertLease(_ lease: TokenLease, audit: AuditEvent) async throws

    /// The lease, whether or not it is still open.
    func lease(_ id: LeaseID) async throws -> TokenLease?

    /// False when it was released before or never existed.
    func releaseLease(_ id: LeaseID, at: Date, audit: AuditEvent) async throws -> Bool

    /// Neither released nor past their end, oldest first.
    func openLeases(of connection: ConnectionID, at: Date) async throws -> [TokenLease]

    /// How many are open and since when, without reading them: a busy program may hold thousands. Of more than
    /// `LeaseSummary.most` only that many are looked at.
    func openLeaseSummary(of connection: ConnectionID, at: Date) async throws -> LeaseSummary

    /// Forgets what ended before `now`.
    func sweepLeases(endedBefore now: Date) async throws
}

/// A valid access token handed out for a short while.
package struct TokenLease: Sendable, Equatable {
    package let id: LeaseID
    package let connection: ConnectionID
    package let generation: UInt64
    /// The API key that holds it.
    package let holder: String
    package let createdAt: Date
    package let expiresAt: Date

    package init(
        id: LeaseID, connection: ConnectionID, generation: UInt64, holder: String, createdAt: Date, expiresAt: Date
    ) {
        self.id = id
        self.connection = connection
        self.generation = generation
        self.holder = holder
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }
}

/// The open leases of one connection, counted.
package struct LeaseSummary: Sendable, Equatable {
    /// So many are told apart; more are as many.
    package static let most = 10_000
    /// So many are named.
    package static let mostNamed = 10
    package static let none = LeaseSummary(count: 0, holders: 0, heldBy: [], oldest: nil, lastEnd: nil)

    package let count: Int
    /// API keys that hold one or more.
    package let holders: Int
    /// The first of them, by id.
    package let heldBy: [LeaseHolder]
    package let oldest: Date?
    /// When the last one ends.
    package let lastEnd: Date?

    package init(count: Int, holders: Int, heldBy: [LeaseHolder], oldest: Date?, lastEnd: Date?) {
        self.count = count
        self.holders = holders
        self.heldBy = heldBy
        self.oldest = oldest
        self.lastEnd = lastEnd
    }
}

/// An API key that holds leases.
package struct LeaseHolder: Sendable, Equatable {
    package let id: String
    /// What its maker called it; nil for one that nobody knows any more.
    package let name: String?

    package init(id: String, name: String?) {
        self.id = id
        self.name = name
    }
}
