package import FoundationEssentials
package import GatewayCore
package import Storage

/// How people get into the console and out again: one-time links, sessions, form tokens.
package struct ConsoleAccess: Sendable {
    package static let linkLifetime: TimeInterval = 10 * 60
    package static let sessionLifetime: TimeInterval = 8 * 60 * 60

    let store: any GatewayStore
    let clock: any WallClock
    let random: any RandomSource

    package init(store: any GatewayStore, clock: any WallClock, random: any RandomSource) {
        self.store = store
        self.clock = clock
        self.random = random
    }

    /// Makes a link that lets its first visitor in.
    package func createSignInLink(
        tenant: TenantID, roles: Set<ConsoleRole>, actor: AuditActor
    ) async throws -> (token: BearerToken, expiresAt: Date) {
        let token = BearerToken(.signInLink, random: random)
        let expiresAt = clock.now.addingTimeInterval(Self.linkLifetime)
        try await store.insertSignInLink(
            SignInLink(digest: token.digest, tenant: tenant, roles: roles, expiresAt: expiresAt),
            audit: AuditEvent(
                at: clock.now, actor: actor, action: .signInLinkCreated, tenant: tenant,
                subject: roles.map(\.rawValue).sorted().joined(separator: ",")))
        return (token, expiresAt)
    }

    /// Nil when the link is unknown, used or expired: these are not told apart.
    package func signIn(link: BearerToken, replacing: BearerToken?) async throws -> OpenedSession? {
        let (token, seed) = newSession()
        guard
            let session = try await store.redeemSignInLink(
                digest: link.digest, opening: seed, replacing: replacing?.digest, at: clock.now)
        else { return nil }
        return OpenedSession(token: token, session: session)
    }

    /// The same for the link of a connect session.
    package func openConnectSession(link: BearerToken, replacing: BearerToken?) async throws -> OpenedSession? {
        let (token, seed) = newSession()
        guard
            let session = try await store.redeemConnectSession(
                digest: link.digest, opening: seed, replacing: replacing?.digest, at: clock.now)
        else { return nil }
        return OpenedSession(token: token, session: session)
    }

    package func session(_ token: BearerToken) async throws -> ConsoleSession? {
        try await store.session(digest: token.digest, at: clock.now)
    }

    /// Gives the session a new token; the old one is dead (OA-29). Nil when the session ended meanwhile.
    package func renew(sessionDigest: [UInt8]) async throws -> OpenedSession? {
        let token = BearerToken(.session, random: random)
        guard let session = try await store.renewSession(sessionDigest, as: token.digest, at: clock.now) else {
            return nil
        }
        return OpenedSession(token: token, session: session)
    }

    package func signOut(_ session: ConsoleSession) async throws {
        try await store.endSession(
            digest: session.digest,
            audit: AuditEvent(at: clock.now, actor: session.actor, action: .signedOut, tenant: session.tenant))
    }

    private func newSession() -> (BearerToken, SessionSeed) {
        let token = BearerToken(.session, random: random)
        let seed = SessionSeed(
            digest: token.digest, publicID: "ses_" + Base32.encode(random.bytes(10)),
            expiresAt: clock.now.addingTimeInterval(Self.sessionLifetime))
        return (token, seed)
    }
}

/// A session together with the token that only the browser keeps.
package struct OpenedSession: Sendable {
    package let token: BearerToken
    package let session: ConsoleSession
}

extension ConsoleSession {
    package var actor: AuditActor {
        AuditActor(kind: connectSession == nil ? .console : .connectSession, id: publicID)
    }
}
