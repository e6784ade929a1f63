package import FoundationEssentials
package import GatewayCore

package protocol ConnectSessionStore: Sendable {
    func insertConnectSession(_ session: ConnectSession, digest: [UInt8], audit: AuditEvent) async throws

    /// Takes the link and opens the browser session in one step, ending `replacing`. Nil when unknown, used or expired.
    ///
    /// Writes the audit entry `connect_session.opened` itself.
    func redeemConnectSession(
        digest: [UInt8], opening session: SessionSeed, replacing: [UInt8]?, at: Date
    ) async throws -> ConsoleSession?

    /// Ties the connection that was made to the connect session, so that its holder may see it. Throws `conflict`
    /// when either is unknown or they belong to different tenants.
    func bindConnectSession(_ id: ConnectSessionID, to connection: ConnectionID) async throws
}

/// A product's request that one of its customers connect: made over the API, used through a link.
package struct ConnectSession: Sendable, Equatable {
    package let id: ConnectSessionID
    package let tenant: TenantID
    package let permissionLevels: [PermissionLevel]
    /// Filled in and fixed when the product knows it.
    package let subdomain: String?
    package let returnURL: String?
    /// The connection to authorize again, or, once made, the connection it may see.
    package let connection: ConnectionID?
    package let expiresAt: Date

    package init(
        id: ConnectSessionID, tenant: TenantID, permissionLevels: [PermissionLevel], subdomain: String?,
        returnURL: String?, connection: ConnectionID?, expiresAt: Date
    ) {
        self.id = id
        self.tenant = tenant
        self.permissionLevels = permissionLevels
        self.subdomain = subdomain
        self.returnURL = returnURL
        self.connection = connection
        self.expiresAt = expiresAt
    }
}
