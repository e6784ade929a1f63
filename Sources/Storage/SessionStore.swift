package import FoundationEssentials
package import GatewayCore

package protocol SessionStore: Sendable {
    func insertSignInLink(_ link: SignInLink, audit: AuditEvent) async throws

    /// Takes the link and opens the session in one step: of two visitors one gets it. Also ends `replacing`, the session the
    /// browser had before. Nil when the link is unknown, used or expired.
    ///
    /// Writes the audit entry `session.signed_in` itself: only the link tells who it is.
    func redeemSignInLink(
        digest: [UInt8], opening session: SessionSeed, replacing: [UInt8]?, at: Date
    ) async throws -> ConsoleSession?

    /// Nil when unknown or expired.
    func session(digest: [UInt8], at: Date) async throws -> ConsoleSession?

    /// Gives a session a new digest and forgets the old one (OA-29); what waits stays the session's own. Nil when the old
    /// one is gone or expired.
    func renewSession(_ digest: [UInt8], as newDigest: [UInt8], at: Date) async throws -> ConsoleSession?

    /// Writes no entry when there was no such session.
    func endSession(digest: [UInt8], audit: AuditEvent) async throws

    /// Remembers that a form token was used; false when it was used before (WEB-17).
    func useFormToken(digest: [UInt8], expiresAt: Date) async throws -> Bool

    /// Forgets expired links, sessions, connect sessions and form tokens. A connect session outlives its link while a
    /// browser's session came through it.
    func sweepSessions(now: Date) async throws
}

/// What a console session may do. A closed list.
package enum ConsoleRole: String, Sendable, CaseIterable, Codable {
    case connect, support, security
}

/// A one-time link to the console.
package struct SignInLink: Sendable, Equatable {
    package let digest: [UInt8]
    package let tenant: TenantID
    package let roles: Set<ConsoleRole>
    package let expiresAt: Date

    package init(digest: [UInt8], tenant: TenantID, roles: Set<ConsoleRole>, expiresAt: Date) {
        self.digest = digest
        self.tenant = tenant
        self.roles = roles
        self.expiresAt = expiresAt
    }
}

/// The new session's token digest, public name and end; who it is for comes from the link.
package struct SessionSeed: Sendable, Equatable {
    package let digest: [UInt8]
    /// Names the session in the audit log; says nothing about the token.
    package let publicID: String
    package let expiresAt: Date

    package init(digest: [UInt8], publicID: String, expiresAt: Date) {
        self.digest = digest
        self.publicID = publicID
        self.expiresAt = expiresAt
    }
}

/// A signed-in browser.
package struct ConsoleSession: Sendable, Equatable {
    package let digest: [UInt8]
    package let publicID: String
    package let tenant: TenantID
    package let roles: Set<ConsoleRole>
    /// Set when the browser came through a connect session's link: then it may see that one connection and nothing else.
    package let connectSession: ConnectSession?
    package let expiresAt: Date

    package init(
        digest: [UInt8], publicID: String, tenant: TenantID, roles: Set<ConsoleRole>, connectSession: ConnectSession?,
        expiresAt: Date
    ) {
        self.digest = digest
        self.publicID = publicID
        self.tenant = tenant
        self.roles = roles
        self.connectSession = connectSession
        self.expiresAt = expiresAt
    }
}
