package import FoundationEssentials
package import GatewayCore

/// Links that show one connection's findings to somebody who is not signed in.
package protocol DiagnosticsLinkStore: Sendable {
    /// Throws `conflict` when the connection has `limit` live links already, is ended, or is another tenant's.
    func insertDiagnosticsLink(
        _ link: DiagnosticsLink, digest: [UInt8], limit: Int, audit: AuditEvent
    ) async throws

    /// Nil when unknown, expired or revoked, or when its connection has ended: these are not told apart.
    func diagnosticsLink(digest: [UInt8], at: Date) async throws -> DiagnosticsLink?

    /// Notes the first opening, with its entry; later ones change and write nothing.
    func noteDiagnosticsLinkOpened(_ id: DiagnosticsLinkID, at: Date, audit: AuditEvent) async throws

    /// Live ones, newest first.
    func diagnosticsLinks(of connection: ConnectionID, at: Date) async throws -> [DiagnosticsLink]

    /// False, without an entry, when there is no such live link of this connection.
    func revokeDiagnosticsLink(
        _ id: DiagnosticsLinkID, of connection: ConnectionID, at: Date, audit: AuditEvent
    ) async throws -> Bool

    /// Forgets what has expired.
    func sweepDiagnosticsLinks(now: Date) async throws
}

package struct DiagnosticsLink: Sendable, Equatable {
    package let id: DiagnosticsLinkID
    package let tenant: TenantID
    package let connection: ConnectionID
    package let createdAt: Date
    package let expiresAt: Date
    package let openedAt: Date?

    package init(
        id: DiagnosticsLinkID, tenant: TenantID, connection: ConnectionID, createdAt: Date, expiresAt: Date,
        openedAt: Date? = nil
    ) {
        self.id = id
        self.tenant = tenant
        self.connection = connection
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.openedAt = openedAt
    }
}
