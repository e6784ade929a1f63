import FoundationEssentials
import GatewayCore
import Storage
import TokenVault
import Zendesk

extension RevocationQueue {
    private static let unreadable = "revocation.unreadable"
    /// Zendesk's clock and ours may differ; after that much nobody accepts the token any more.
    private static let clockMargin: TimeInterval = 5 * 60

    @discardableResult
    func attempt(_ revocation: PendingRevocation) async throws -> RevocationResult {
        guard let organization = try? OrganizationURL(subdomain: revocation.subdomain, policy: policy) else {
            return try await giveUp(revocation, code: Self.unreadable, reason: Disconnect.notVerified)
        }
        let token: Secret
        do {
            token = try credentials.openRevocation(revocation)
        } catch  where Self.isBeyondOpening(error) {
            return try await giveUp(revocation, code: Self.unreadable, reason: Disconnect.notVerified)
        } catch {
            return try await leave(revocation, RevocationObstacle(error))
        }
        // Asked once more even when it has ended: a 401 is proof, our clock is not.
        let client = ZendeskClient(organization: organization, transport: transport, accessToken: token)
        let outcome = await TokenRevocation(
            client: client, helper: try await helper(for: revocation, of: token, organization)
        )
        .attempt()
        if let obstacle = outcome.obstacle {
            return try await leave(revocation, obstacle, revoked: outcome.revoked, expiresAt: outcome.expiresAt)
        }
        // One that had run out by itself is refused as well. Nothing was ended, and its refresh token may live for weeks.
        guard outcome.revoked || !hasRunOut(revocation) else {
            return try await giveUp(revocation, code: Self.expired, reason: Self.expired)
        }
        try await settle(revocation, outcome: .succeeded, reason: nil)
        return RevocationResult(revoked: outcome.revoked, verifiedDead: true)
    }

    /// The record itself is at fault: neither another keyring nor another hour or version opens it.
    static func isBeyondOpening(_ error: any Error) -> Bool {
        switch error {
        case VaultError.cannotOpen, SealedRecordError.notARecord, SealedRecordError.wrongLength: true
        default: false
        }
    }

    /// For a later attempt, unless the token has certainly ended by then.
    private func leave(
        _ revocation: PendingRevocation, _ obstacle: RevocationObstacle, revoked: Bool = false, expiresAt: Date? = nil
    ) async throws -> RevocationResult {
        guard !hasEnded(revocation) else {
            return try await giveUp(revocation, code: Self.expired, reason: Self.expired, revoked: revoked)
        }
        try await postpone(revocation, obstacle, expiresAt: expiresAt)
        return RevocationResult(revoked: revoked, obstacle: obstacle)
    }

    private func giveUp(
        _ revocation: PendingRevocation, code: String, reason: String, revoked: Bool = false
    ) async throws -> RevocationResult {
        try await settle(revocation, outcome: .failed(code: code), reason: reason)
        return RevocationResult(revoked: revoked)
    }

    /// By its own end, as near as two clocks agree.
    private func hasRunOut(_ revocation: PendingRevocation) -> Bool {
        guard let end = revocation.expiresAt else { return false }
        return end <= clock.now.addingTimeInterval(TokenProbe.tolerance)
    }

    /// For certain.
    func hasEnded(_ revocation: PendingRevocation) -> Bool {
        guard let end = revocation.expiresAt else { return false }
        return end.addingTimeInterval(Self.clockMargin) < clock.now
    }

    /// The live token set of the same tenant and organization, if there is one.
    private func helper(
        for revocation: PendingRevocation, of token: Secret, _ organization: OrganizationURL
    ) async throws -> ZendeskClient? {
        guard let live = try await store.liveConnection(tenant: revocation.tenant, subdomain: revocation.subdomain),
            let credential = try await store.credential(of: live.id),
            let other = try? credentials.openAccessToken(credential, place: live.place),
            // Its own token is no help: deleting would look like ending the new one. Generations do not tell them apart:
            // what came too late has the same number as what won (RT-34).
            !other.equalsInConstantTime(token)
        else { return nil }
        return ZendeskClient(organization: organization, transport: transport, accessToken: other)
    }

    func postpone(
        _ revocation: PendingRevocation, _ obstacle: RevocationObstacle, expiresAt: Date?
    ) async throws {
        let now = clock.now
        try await store.recordRevocationAttempt(
            RevocationAttempt(
                at: now, code: obstacle.code,
                nextAttemptAt: now.addingTimeInterval(obstacle.delay(after: revocation.attempts)),
                expiresAt: expiresAt),
            of: revocation.id)
    }

    private func settle(_ revocation: PendingRevocation, outcome: AuditOutcome, reason: String?) async throws {
        _ = try await store.settleRevocation(
            revocation.id, reason: reason, at: clock.now,
            audit: event(.revocationSettled, outcome, revocation, actor: .system))
    }
}

/// What an attempt to end a token came to.
struct RevocationResult: Sendable {
    /// Zendesk agreed to delete the token.
    var revoked = false
    /// Zendesk refused the token when it would still have lived.
    var verifiedDead = false
    /// Why it waits for another attempt; nil when it is settled, one way or the other.
    var obstacle: RevocationObstacle?
}
