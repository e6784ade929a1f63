import FoundationEssentials
import GatewayCore
import OAuth
import Storage
import TokenVault
import Zendesk

extension ConnectFlow {
    /// A renewal may commit new tokens while we ask who this is; more often than this is no accident.
    private static let savesTried = 3

    /// From fresh tokens to a saved connection. On a refusal the tokens are revoked, so that nothing lives that nobody keeps.
    func keep(_ tokens: TokenSet, for pending: PendingAuthorization) async throws -> Connection {
        let organization = try OrganizationURL(subdomain: pending.subdomain, policy: zendesk.policy)
        let client = ZendeskClient(organization: organization, transport: transport, accessToken: tokens.accessToken)
        do {
            let person = try await identity(client)
            let account = await AccountFingerprint.ask(client)
            let existing = try await existingConnection(for: pending)
            try check(account, against: existing)
            let ends = await ends(of: tokens, client)
            return try await keep(tokens, in: existing) { current in
                connection(
                    for: pending, person: person, fingerprint: account.text, tokens: tokens, ends: ends,
                    existing: current)
            }
        } catch {
            await abandon(tokens, of: pending)
            throw (error as? any Explained) ?? KeepFailure()
        }
    }

    /// Saves and, only after the new grant is kept, revokes the old one: there is no moment without a valid grant (OA-100),
    /// and the old token is on record from the moment that nobody uses it.
    private func keep(
        _ tokens: TokenSet, in first: Connection?, _ make: (Connection?) -> Connection
    ) async throws -> Connection {
        var existing = first
        for attempt in 1...Self.savesTried {
            let connection = make(existing)
            let known = existing
            let replaced: PendingRevocation?
            do {
                replaced = try await credentials.keeping {
                    let replaced = try await replacedToken(of: known)
                    try await save(connection, tokens: tokens, replacing: known, queueing: replaced)
                    return replaced
                }
            } catch StorageError.conflict where attempt < Self.savesTried {
                // The reconnect wins over a renewal that came in between (RT-34), and over nothing else.
                guard let now = try await renewed(existing) else { throw StorageError.conflict }
                existing = now
                continue
            }
            // The connection stands whatever comes of it.
            if let replaced { _ = try? await revocations.attempt(replaced) }
            return connection
        }
        throw StorageError.conflict
    }

    private func renewed(_ existing: Connection?) async throws -> Connection? {
        guard let existing, let now = try await store.connection(existing.id), now.status != .disconnected,
            now.generation != existing.generation
        else { return nil }
        return now
    }

    private func replacedToken(of existing: Connection?) async throws -> PendingRevocation? {
        guard let existing, let credential = try await store.credential(of: existing.id) else { return nil }
        guard credential.generation == existing.generation else { return nil }
        do {
            return try revocations.pending(credential, of: existing)
        } catch VaultError.sealedUnderOldKey, VaultError.sealedUnderUnknownKey {
            // To connect again is the remedy for just that, and nobody can revoke what nobody can open.
            return nil
        }
    }

    /// Fresh tokens that nobody keeps.
    private func abandon(_ tokens: TokenSet, of pending: PendingAuthorization) async {
        let end = tokens.expiresIn.map { clock.now.addingTimeInterval(TimeInterval($0)) }
        func queued() throws -> PendingRevocation {
            try revocations.pending(
                tokens.accessToken, tenant: pending.tenant, subdomain: pending.subdomain,
                connection: pending.reauthorizing, generation: 0, expiresAt: end)
        }
        // A store that takes nothing may have been the reason to come here; then there is only this one attempt.
        guard (try? await revocations.take(queued)) == nil, let unkept = try? queued() else { return }
        _ = try? await revocations.attempt(unkept)
    }

    private func identity(_ client: ZendeskClient) async throws -> ZendeskPerson {
        switch await client.currentUser() {
        case .value(let user, _):
            guard let id = user.id else { throw IdentityRefusal.anonymous }
            return ZendeskPerson(id: id, name: user.name ?? "", email: user.email, role: user.role ?? "unknown")
        case .refused, .failed: throw IdentityRefusal.unanswered
        }
    }

    func existingConnection(for pending: PendingAuthorization) async throws -> Connection? {
        if let id = pending.reauthorizing {
            guard let named = try await store.connection(id), named.tenant == pending.tenant,
                named.subdomain == pending.subdomain
            else { throw IdentityRefusal.otherConnection }
            guard named.status != .disconnected else { throw IdentityRefusal.otherConnection }
            return named
        }
        return try await store.liveConnection(tenant: pending.tenant, subdomain: pending.subdomain)
    }

    /// A subdomain that was renamed away can be taken over by a stranger (OA-38).
    private func check(_ account: AccountFingerprint, against existing: Connection?) throws {
        guard let pinned = existing?.accountFingerprint else {
            // Kept without it, the connection could be taken over by whoever reconnects it first.
            guard account != .unanswered else { throw IdentityRefusal.accountUnanswered }
            return
        }
        // Whoever took the name over could simply not answer.
        guard let fingerprint = account.text else { throw IdentityRefusal.accountUnknown }
        guard pinned == fingerprint else { throw IdentityRefusal.otherAccount }
    }

    private struct Ends {
        let access: Date?
        let refresh: Date?
    }

    /// From the answer, or else from what Zendesk knows about the token: an answer may leave the lifetime out.
    private func ends(of tokens: TokenSet, _ client: ZendeskClient) async -> Ends {
        let access = tokens.expiresIn.map { clock.now.addingTimeInterval(TimeInterval($0)) }
        let refresh = tokens.refreshTokenExpiresIn.map { clock.now.addingTimeInterval(TimeInterval($0)) }
        guard access == nil, let current = await client.currentToken().value else {
            return Ends(access: access, refresh: refresh)
        }
        return Ends(access: current.expiresAt, refresh: refresh ?? current.refreshTokenExpiresAt)
    }

    private func connection(
        for pending: PendingAuthorization, person: ZendeskPerson, fingerprint: String?, tokens: TokenSet, ends: Ends,
        existing: Connection?
    ) -> Connection {
        Connection(
            id: existing?.id ?? ConnectionID(random: random), tenant: pending.tenant, subdomain: pending.subdomain,
            permissionLevel: pending.permissionLevel,
            // RFC 6749, section 5.1: no scope in the answer means as requested.
            grantedScopes: tokens.scope ?? pending.permissionLevel.scopes, status: .active, connectedBy: person,
            accountFingerprint: fingerprint ?? existing?.accountFingerprint,
            createdAt: existing?.createdAt ?? clock.now, updatedAt: clock.now,
            generation: (existing?.generation ?? 0) + 1, accessTokenExpiresAt: ends.access,
            refreshTokenExpiresAt: ends.refresh, preflight: nil,
            sync: SyncProgress(state: .waitingForPreflight, lastCompletedAt: existing?.sync.lastCompletedAt))
    }

    private func save(
        _ connection: Connection, tokens: TokenSet, replacing existing: Connection?,
        queueing replaced: PendingRevocation?
    ) async throws {
        let credential = try credentials.seal(tokens, of: connection.id, place: connection.place)
        let action: AuditAction = existing == nil ? .connectionCreated : .connectionReauthorized
        // More than was asked for is nothing we want to hold: an incident to look into (OA-84).
        let isWider = !connection.permissionLevel.scopes.isSuperset(of: connection.grantedScopes)
        let outcomes: [(AuditAction, AuditOutcome)] = [
            (.tokensExchanged, isWider ? .failed(code: "scopes.wider") : .succeeded), (action, .succeeded),
        ]
        var events = outcomes.map { action, outcome in
            AuditEvent(
                at: clock.now, actor: AuditActor(kind: .browser, id: "zendesk:\(connection.connectedBy.id)"),
                action: action, outcome: outcome, tenant: connection.tenant, connection: connection.id,
                subject: connection.subdomain, generation: connection.generation, keyID: credential.keyID)
        }
        if let replaced { events.append(revocations.queued(replaced, actor: .system)) }
        try await store.saveConnected(
            connection, credential: credential, replacing: existing?.generation, queueing: replaced, audit: events)
    }
}
