import FoundationEssentials
import GatewayCore
import OAuth
import Storage
import Zendesk

// From new tokens to a saved generation: nothing comes between the answer and the save.
extension RefreshAttempt {
    /// A token set with what is known about its arrival.
    struct Arrived {
        let tokens: TokenSet
        /// Before the request left: its lifetimes are counted from then, for the answer may have lain here while this
        /// process was stopped.
        let askedAt: Date
        let spent: Secret
    }

    func commit(_ arrived: Arrived, _ entry: RefreshEntry, _ state: RefreshState) async throws -> RefreshResult {
        let renewal = await renewal(arrived, state)
        let audit = RenewalAudit(renewal, of: state.connection, by: actor, at: renewal.at)
        do {
            try await world.save(renewal, audit: audit)
        } catch StorageError.conflict {
            guard let isKept = try? await world.hasKept(renewal) else { return await keepUnsaved(renewal, audit) }
            guard !isKept else { return .current }
            // Reconnected or disconnected meanwhile: that wins, and the late pair dies (RT-34, RT-35).
            do { try await Self.discard(renewal, world) } catch { return await keepUnsaved(renewal, audit) }
            return try await supersede(entry, state)
        } catch {
            return await keepUnsaved(renewal, audit)
        }
        count(renewal.outcome)
        await refresher.noteClientAccepted()
        if renewal.accessTokenExpiresAt == nil { await learnEnds(arrived.tokens, renewal, state) }
        return .current
    }

    private func keepUnsaved(_ renewal: CredentialRenewal, _ audit: RenewalAudit) async -> RefreshResult {
        await refresher.keepUnsaved(renewal, audit: audit)
        return .notNow(code: RefreshObstacle.unsaved.rawValue, until: world.clock.now)
    }

    private func renewal(_ arrived: Arrived, _ state: RefreshState) async -> CredentialRenewal {
        let tokens = arrived.tokens
        let now = world.clock.now
        // A clock that was set back meanwhile must not make the tokens live longer.
        let start = min(arrived.askedAt, now)
        let learned = learnedLifetime(state)
        let accessEndsAt = (tokens.expiresIn ?? learned).map { start.addingTimeInterval(TimeInterval($0)) }
        let isSame = tokens.refreshToken?.equalsInConstantTime(arrived.spent) ?? true
        let refreshEndsAt =
            tokens.refreshTokenExpiresIn.map { start.addingTimeInterval(TimeInterval($0)) }
            ?? (isSame ? state.connection.refreshTokenExpiresAt : nil)
        return CredentialRenewal(
            credential: await sealed(arrived, state),
            grantedScopes: tokens.scope ?? state.connection.grantedScopes, accessTokenExpiresAt: accessEndsAt,
            refreshTokenExpiresAt: refreshEndsAt, at: now,
            due: world.times.due(
                obtainedAt: now, accessEndsAt: accessEndsAt, refreshEndsAt: refreshEndsAt, random: world.random),
            learnedLifetime: learned, outcome: isSame ? "renewed.same_refresh_token" : outcome)
    }

    private var outcome: String {
        if case .rejected = wish { CredentialRenewal.afterRejection } else { "renewed" }
    }

    /// They exist nowhere else: sealing is tried until it works.
    private func sealed(_ arrived: Arrived, _ state: RefreshState) async -> SealedCredential {
        var connection = state.connection
        connection.generation += 1
        // RFC 6749, section 6: an answer without a refresh token leaves the old one in use.
        let tokens = TokenSet(
            accessToken: arrived.tokens.accessToken, refreshToken: arrived.tokens.refreshToken ?? arrived.spent,
            scope: nil, expiresIn: nil, refreshTokenExpiresIn: nil)
        var pause = Duration.milliseconds(50)
        while true {
            let sealed = try? await world.credentials.keeping {
                try world.credentials.seal(tokens, of: id, place: connection.place)
            }
            if let sealed { return sealed }
            try? await Task.sleep(for: pause)
            pause = min(pause * 2, .seconds(5))
        }
    }

    /// Where no answer named a lifetime, the first refusal did (RT-26).
    private func learnedLifetime(_ state: RefreshState) -> Int? {
        guard case .rejected = wish, state.connection.accessTokenExpiresAt == nil else {
            return state.schedule.learnedLifetime
        }
        return max(60, Int(world.clock.now.timeIntervalSince(state.schedule.obtainedAt)))
    }

    private func learnEnds(_ tokens: TokenSet, _ renewal: CredentialRenewal, _ state: RefreshState) async {
        guard
            let organization = try? OrganizationURL(
                subdomain: state.connection.subdomain, policy: world.zendesk.policy)
        else { return }
        let client = ZendeskClient(
            organization: organization, transport: world.transport, accessToken: tokens.accessToken)
        guard let current = await client.currentToken().value, let end = current.expiresAt else { return }
        let refreshEnd = renewal.refreshTokenExpiresAt ?? current.refreshTokenExpiresAt
        let due = world.times.due(
            obtainedAt: renewal.at, accessEndsAt: end, refreshEndsAt: refreshEnd, random: world.random)
        try? await world.store.setTokenEnds(
            of: id, generation: renewal.credential.generation, accessToken: end, refreshToken: refreshEnd, due: due)
    }

    /// Tokens that came too late to be kept die at Zendesk. Throws until somebody else knows of them: before that they must
    /// not be forgotten here.
    static func discard(_ renewal: CredentialRenewal, _ world: RefreshDependencies) async throws {
        guard var connection = try await world.store.connection(renewal.credential.connection) else { return }
        connection.generation = renewal.credential.generation
        guard let token = try? world.credentials.openAccessToken(renewal.credential, place: connection.place) else {
            return
        }
        try await world.revocations.revoke(token, of: connection)
    }
}
