import FoundationEssentials
import GatewayCore
import OAuth
import Storage
import Zendesk

// From new tokens to a saved generation: nothing comes between the answer and the save.
extension RefreshAttempt {
    func commit(
        _ tokens: TokenSet, replacing spent: Secret, _ entry: RefreshEntry, _ state: RefreshState
    ) async throws -> RefreshResult {
        let renewal = try renewal(tokens, replacing: spent, state)
        let audit = audit(renewal, state)
        do {
            try await world.save(renewal, audit: audit)
        } catch StorageError.conflict {
            // Reconnected or disconnected meanwhile: that wins, and the late pair dies (RT-34, RT-35).
            await Self.discard(renewal, world)
            return try await supersede(entry, state)
        } catch {
            await refresher.keepUnsaved(renewal, audit: audit)
            return .notNow(code: RefreshObstacle.unsaved.rawValue, until: world.clock.now)
        }
        count(renewal.outcome)
        await refresher.noteClientAccepted()
        if renewal.accessTokenExpiresAt == nil { await learnEnds(tokens, renewal, state) }
        return .current
    }

    private func renewal(
        _ tokens: TokenSet, replacing spent: Secret, _ state: RefreshState
    ) throws -> CredentialRenewal {
        var connection = state.connection
        connection.generation += 1
        let now = world.clock.now
        let learned = learnedLifetime(state)
        let accessEndsAt = (tokens.expiresIn ?? learned).map { now.addingTimeInterval(TimeInterval($0)) }
        let isSame = tokens.refreshToken?.equalsInConstantTime(spent) ?? true
        let refreshEndsAt =
            tokens.refreshTokenExpiresIn.map { now.addingTimeInterval(TimeInterval($0)) }
            ?? (isSame ? state.connection.refreshTokenExpiresAt : nil)
        return CredentialRenewal(
            // RFC 6749, section 6: an answer without a refresh token leaves the old one in use.
            credential: try world.credentials.seal(
                TokenSet(
                    accessToken: tokens.accessToken, refreshToken: tokens.refreshToken ?? spent, scope: tokens.scope,
                    expiresIn: tokens.expiresIn, refreshTokenExpiresIn: tokens.refreshTokenExpiresIn),
                of: id, place: connection.place),
            grantedScopes: tokens.scope ?? connection.grantedScopes, accessTokenExpiresAt: accessEndsAt,
            refreshTokenExpiresAt: refreshEndsAt, at: now,
            due: world.times.due(
                obtainedAt: now, accessEndsAt: accessEndsAt, refreshEndsAt: refreshEndsAt, random: world.random),
            learnedLifetime: learned, outcome: isSame ? "renewed.same_refresh_token" : "renewed")
    }

    /// Where no answer named a lifetime, the first refusal did (RT-26).
    private func learnedLifetime(_ state: RefreshState) -> Int? {
        guard case .rejected = wish, state.connection.accessTokenExpiresAt == nil else {
            return state.schedule.learnedLifetime
        }
        return max(60, Int(world.clock.now.timeIntervalSince(state.schedule.obtainedAt)))
    }

    private func audit(_ renewal: CredentialRenewal, _ state: RefreshState) -> [AuditEvent] {
        let connection = state.connection
        let refreshed = AuditEvent(
            at: renewal.at, actor: actor, action: .tokensRefreshed, tenant: connection.tenant, connection: id,
            subject: connection.subdomain, generation: renewal.credential.generation,
            keyID: renewal.credential.keyID)
        guard connection.status != .active || connection.statusReason != nil else { return [refreshed] }
        return [refreshed, event(.connectionRecovered, .succeeded, connection)]
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

    /// Tokens that came too late to be kept die at Zendesk.
    static func discard(_ renewal: CredentialRenewal, _ world: RefreshDependencies) async {
        guard var connection = try? await world.store.connection(renewal.credential.connection) else { return }
        connection.generation = renewal.credential.generation
        guard let token = try? world.credentials.openAccessToken(renewal.credential, place: connection.place) else {
            return
        }
        try? await world.revocations.revoke(token, of: connection)
    }

    static func merged(_ renewal: CredentialRenewal, _ world: RefreshDependencies) -> AuditEvent {
        AuditEvent(
            at: world.clock.now, actor: .system, action: .tokensRefreshed, connection: renewal.credential.connection,
            generation: renewal.credential.generation, keyID: renewal.credential.keyID)
    }
}
