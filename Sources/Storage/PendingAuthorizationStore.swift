package import FoundationEssentials
package import GatewayCore

package protocol PendingAuthorizationStore: Sendable {
    /// Keeps at most `limit` waiting ones of the same session and drops the oldest beyond it, in the same step. Throws
    /// `conflict` when the state waits already, or when `reauthorizing` is not the same tenant's.
    func insertPendingAuthorization(_ pending: PendingAuthorization, limit: Int, audit: AuditEvent) async throws

    /// Deletes and returns in one statement, so that of any number of callers at most one gets it. Nil when the state is
    /// unknown, was used, has expired, or began in another browser; which of these is not told.
    ///
    /// Writes the audit entry `authorization.answered` itself, so that a state never disappears without a trace.
    func consumePendingAuthorization(
        stateDigest: [UInt8], browserDigest: [UInt8], at: Date
    ) async throws -> PendingAuthorization?

    /// What waits, and what never came back, of a tenant; newest first.
    func pendingAuthorizations(of tenant: TenantID) async throws -> [PendingAuthorization]

    /// Erases the sealed verifier of everything that expired before `now` and forgets what expired before `forgetting`.
    /// Writes an audit entry for each one that newly expired.
    func sweepPendingAuthorizations(now: Date, forgetting: Date) async throws
}

/// A connect that has not come back yet.
package struct PendingAuthorization: Sendable, Equatable {
    package let id: PendingAuthorizationID
    /// SHA-256 of `state`.
    package let stateDigest: [UInt8]
    /// SHA-256 of the cookie that binds it to the browser that began.
    package let browserDigest: [UInt8]
    /// The session that began it.
    package let sessionDigest: [UInt8]
    package let tenant: TenantID
    package let subdomain: String
    package let permissionLevel: PermissionLevel
    /// The code verifier; empty once expired.
    package let sealedVerifier: [UInt8]
    package let keyID: String
    package let returnURL: String?
    /// Set when an existing connection is authorized again.
    package let reauthorizing: ConnectionID?
    package let createdAt: Date
    package let expiresAt: Date

    package init(
        id: PendingAuthorizationID, stateDigest: [UInt8], browserDigest: [UInt8], sessionDigest: [UInt8],
        tenant: TenantID, subdomain: String, permissionLevel: PermissionLevel, sealedVerifier: [UInt8], keyID: String,
        returnURL: String?, reauthorizing: ConnectionID?, createdAt: Date, expiresAt: Date
    ) {
        self.id = id
        self.stateDigest = stateDigest
        self.browserDigest = browserDigest
        self.sessionDigest = sessionDigest
        self.tenant = tenant
        self.subdomain = subdomain
        self.permissionLevel = permissionLevel
        self.sealedVerifier = sealedVerifier
        self.keyID = keyID
        self.returnURL = returnURL
        self.reauthorizing = reauthorizing
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }
}
