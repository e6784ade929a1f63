package import FoundationEssentials
package import GatewayCore
import OAuth
package import Storage

/// Hands out access tokens for a while, and takes them back.
///
/// The entry in the log is durable before the token leaves, and a token that a rotation has just replaced never leaves. A
/// refresh token is not within reach here.
package struct Leases: Sendable {
    /// A planned rotation waits for leases to end, so that they may not last as long as the token itself.
    package static let longest: TimeInterval = 60 * 60
    /// With less than this left the broker decides whether to renew first.
    static let freshFor: TimeInterval = 15 * 60
    /// How often a rotation may come between reading the token and writing the lease.
    private static let attempts = 4

    let store: any GatewayStore
    let broker: TokenBroker
    let credentials: CredentialVault
    let policy: HostPolicy
    /// What is asked of Zendesk for a new token: no `min_ttl` beyond it can be met.
    let tokenLifetime: TimeInterval
    let clock: any WallClock
    let random: any RandomSource
    let refusals: RefusalLog

    package init(
        store: any GatewayStore, broker: TokenBroker, credentials: CredentialVault, zendesk: ZendeskSettings,
        clock: any WallClock, random: any RandomSource
    ) {
        self.store = store
        self.broker = broker
        self.credentials = credentials
        policy = zendesk.policy
        tokenLifetime = TimeInterval(zendesk.lifetimes.access)
        self.clock = clock
        self.random = random
        refusals = RefusalLog(store: store)
    }

    /// What a program asks for.
    package struct Ask: Sendable {
        package let connection: ConnectionID
        package let minimumLifetime: TimeInterval
        package let allowsFailingPreflight: Bool

        package init(connection: ConnectionID, minimumLifetime: TimeInterval, allowsFailingPreflight: Bool) {
            self.connection = connection
            self.minimumLifetime = minimumLifetime
            self.allowsFailingPreflight = allowsFailingPreflight
        }
    }

    /// A token that is about to leave, with the lease that is written.
    package struct HandedOut: Sendable {
        package let token: Secret
        package let expiresAt: Date?
        package let grantedScopes: String
        package let organization: OrganizationURL
        package let lease: TokenLease
    }

    /// `found` is what the store had when the caller's key was looked up. A refusal is in the log before it is told.
    package func handOut(_ ask: Ask, of found: HeldToken, to holder: APIKeyID) async throws -> HandedOut {
        do {
            return try await granted(ask, found, holder)
        } catch let refusal as LeaseRefusal {
            try await note(refusal.outcome, ask, found, holder)
            throw refusal
        } catch let refusal as TokenRefusal {
            try await note(refusal.outcome, ask, found, holder)
            throw refusal
        }
    }

    private func note(_ outcome: AuditOutcome, _ ask: Ask, _ found: HeldToken, _ holder: APIKeyID) async throws {
        try await refusals.record(
            AuditEvent(
                at: clock.now, actor: AuditActor(kind: .apiKey, id: holder.text), action: .accessTokenHandedOut,
                outcome: outcome, tenant: found.tenant, connection: ask.connection, generation: found.generation))
    }

    private func granted(_ ask: Ask, _ found: HeldToken, _ holder: APIKeyID) async throws -> HandedOut {
        guard found.verdict != .fail || ask.allowsFailingPreflight else { throw LeaseRefusal.preflightFailing }
        let longest = tokenLifetime - Self.margin
        guard ask.minimumLifetime <= longest else { throw LeaseRefusal.minimumTooLong(longest: Int(longest)) }
        var offer: Offer
        if let fresh = try fresh(ask, found) { offer = fresh } else { offer = try await brokered(ask) }
        for _ in 0..<Self.attempts {
            do {
                return try await lease(offer, ask, holder)
            } catch StorageError.conflict {
                // Replaced between reading and writing (RT-28): the new one is there already.
                offer = try await brokered(ask)
            }
        }
        throw LeaseRefusal.replacedMeanwhile
    }

    /// True unless the caller never held such a lease. Giving one back twice is harmless.
    package func release(_ id: LeaseID, by holder: APIKeyID) async throws -> Bool {
        guard let lease = try await store.lease(id), lease.holder == holder.text else { return false }
        let connection = try await store.connection(lease.connection)
        let now = clock.now
        _ = try await store.releaseLease(
            id, at: now,
            audit: AuditEvent(
                at: now, actor: AuditActor(kind: .apiKey, id: holder.text), action: .leaseReleased,
                tenant: connection?.tenant, connection: lease.connection, subject: id.text,
                generation: lease.generation))
        return true
    }

    /// The time a token spends on its way from Zendesk to us and from us to the caller.
    static let margin: TimeInterval = 60

    private struct Offer {
        let token: Secret
        let tenant: TenantID
        let subdomain: String
        let grantedScopes: String
        let generation: UInt64
        let expiresAt: Date?
        let dataKey: String?
    }

    /// The stored token, where nobody needs to think about it: nine times in ten.
    private func fresh(_ ask: Ask, _ found: HeldToken) throws -> Offer? {
        let needed = max(ask.minimumLifetime, Self.freshFor)
        // One that is being renewed is about to die, or is dead already and its successor not durable yet (RT-14).
        guard !broker.refresher.isRenewing(ask.connection), found.status == .active, let credential = found.credential,
            credential.generation == found.generation,
            let end = found.expiresAt, end.timeIntervalSince(clock.now) >= needed
        else { return nil }
        let place = CredentialVault.Place(
            tenant: found.tenant, subdomain: found.subdomain, generation: found.generation)
        return Offer(
            token: try credentials.openAccessToken(credential, place: place), tenant: found.tenant,
            subdomain: found.subdomain, grantedScopes: found.grantedScopes, generation: found.generation,
            expiresAt: end, dataKey: credential.keyID)
    }

    private func brokered(_ ask: Ask) async throws -> Offer {
        let live = try await broker.accessToken(for: ask.connection, minimumLifetime: ask.minimumLifetime)
        if let end = live.expiresAt {
            let left = end.timeIntervalSince(clock.now)
            guard left > 0 else { throw LeaseRefusal.expired }
            // Renewed just now, and Zendesk grants less than it is asked for (RT-45).
            guard left >= ask.minimumLifetime else {
                throw LeaseRefusal.minimumTooLong(longest: Int(max(left - Self.margin, 0)))
            }
        }
        return Offer(
            token: live.token, tenant: live.connection.tenant, subdomain: live.connection.subdomain,
            grantedScopes: live.connection.grantedScopes.text, generation: live.generation,
            expiresAt: live.expiresAt, dataKey: nil)
    }

    private func lease(_ offer: Offer, _ ask: Ask, _ holder: APIKeyID) async throws -> HandedOut {
        let now = clock.now
        let longest = now.addingTimeInterval(max(Self.longest, ask.minimumLifetime))
        let lease = TokenLease(
            id: LeaseID(at: now, random: random), connection: ask.connection, generation: offer.generation,
            holder: holder.text, createdAt: now, expiresAt: offer.expiresAt.map { min($0, longest) } ?? longest)
        try await store.insertLease(
            lease,
            audit: AuditEvent(
                at: now, actor: AuditActor(kind: .apiKey, id: holder.text), action: .accessTokenHandedOut,
                tenant: offer.tenant, connection: ask.connection, subject: lease.id.text,
                generation: offer.generation, keyID: offer.dataKey))
        return HandedOut(
            token: offer.token, expiresAt: offer.expiresAt, grantedScopes: offer.grantedScopes,
            organization: try OrganizationURL(subdomain: offer.subdomain, policy: policy), lease: lease)
    }
}

/// Why no token is handed out although the connection has one.
package enum LeaseRefusal: Explained, Equatable {
    case preflightFailing
    /// Seconds.
    case minimumTooLong(longest: Int)
    case expired
    case replacedMeanwhile

    var outcome: AuditOutcome {
        switch self {
        case .preflightFailing, .minimumTooLong: .refused(code: explanation.code)
        case .expired, .replacedMeanwhile: .failed(code: explanation.code)
        }
    }

    package var explanation: Explanation {
        switch self {
        case .preflightFailing:
            Explanation(
                code: "preflight.failing", message: "The connection's checks fail, so its token is not handed out.",
                remedy: "Mend what the preflight report names, or send \"allow_failing_preflight\": true.")
        case .minimumTooLong(let longest):
            Explanation(
                code: "min_ttl.too_long",
                message: "No token of this connection can live that long; \(longest) seconds is the longest possible.",
                remedy: "Ask for \(longest) seconds or less.")
        case .expired:
            Explanation(
                code: "access_token.expired", message: "The access token has expired and could not be renewed yet.",
                remedy: "Try again in a minute.")
        case .replacedMeanwhile:
            Explanation(
                code: "access_token.replaced",
                message: "The token was replaced again and again while it was being handed out.",
                remedy: "Try again in a moment.")
        }
    }
}
