import FoundationEssentials
package import GatewayCore
package import Storage
import TokenVault

/// Sees to it that tokens nobody keeps die at Zendesk, now or as soon as Zendesk can be reached.
///
/// A token enters in the same transaction that takes it from its connection, and leaves when Zendesk answers 401 to it
/// or its own lifetime has certainly ended. Between the two it is used for nothing else.
package struct RevocationQueue: Sendable {
    /// The status reason of a connection whose token waits here.
    package static let waiting = "revocation.queued"
    /// Zendesk never confirmed it, and the token has ended by itself.
    package static let expired = "revocation.expired"

    /// Organizations asked at once, and rows looked at in one pass.
    private static let (width, batch) = (16, 200)

    let store: any GatewayStore
    let credentials: CredentialVault
    let transport: any HTTPTransport
    let policy: HostPolicy
    let clock: any WallClock
    let random: any RandomSource

    package init(
        store: any GatewayStore, credentials: CredentialVault, transport: any HTTPTransport, policy: HostPolicy,
        clock: any WallClock, random: any RandomSource = SystemRandomSource()
    ) {
        self.store = store
        self.credentials = credentials
        self.transport = transport
        self.policy = policy
        self.clock = clock
        self.random = random
    }

    /// For a token set that came too late to be kept: after a disconnect or a reconnect (RT-34, RT-35).
    package func revoke(_ accessToken: Secret, of connection: Connection) async throws {
        try await take {
            try pending(
                accessToken, tenant: connection.tenant, subdomain: connection.subdomain, connection: connection.id,
                generation: connection.generation, expiresAt: nil)
        }
    }

    /// Keeps what `seal` makes, then tries at once. What does not work now is tried again.
    func take(_ seal: () throws -> PendingRevocation) async throws {
        let revocation = try await credentials.keeping {
            let revocation = try seal()
            try await store.queueRevocation(revocation, audit: queued(revocation, actor: .system))
            return revocation
        }
        // It is kept: whatever goes wrong from here on is tried again.
        _ = try? await attempt(revocation)
    }

    /// Whether this very token waits here. Its generation would not tell: what came too late has the same number as what won
    /// (RT-34).
    func hold(_ accessToken: Secret, of connection: ConnectionID) async throws -> Bool {
        try await store.pendingRevocations(of: connection).contains { revocation in
            (try? credentials.openRevocation(revocation))?.equalsInConstantTime(accessToken) == true
        }
    }

    /// Everything whose time has come. Organizations are asked side by side, so that a silent one delays no other, and
    /// one of an organization's tokens is enough to learn that it is silent.
    package func runDue() async throws {
        let due = try await store.dueRevocations(at: clock.now, limit: Self.batch)
        let organizations = Dictionary(grouping: due, by: \.subdomain).values
        try await withThrowingTaskGroup(of: Void.self) { group in
            var waiting = organizations.makeIterator()
            for _ in 0..<Self.width {
                guard let next = waiting.next() else { break }
                group.addTask { try await attemptAll(next) }
            }
            while try await group.next() != nil {
                guard let next = waiting.next() else { continue }
                group.addTask { try await attemptAll(next) }
            }
        }
    }

    private func attemptAll(_ revocations: [PendingRevocation]) async throws {
        var silence: RevocationObstacle?
        for revocation in revocations {
            if let silence, !hasEnded(revocation) {
                try await postpone(revocation, silence, expiresAt: nil)
            } else {
                let obstacle = try await attempt(revocation).obstacle
                silence = obstacle.flatMap { $0.isUnreachable ? $0 : nil }
            }
        }
    }
}

extension RevocationQueue {
    /// A sealed record that belongs to the queue and opens nowhere else.
    func pending(
        _ accessToken: Secret, tenant: TenantID, subdomain: String, connection: ConnectionID?, generation: UInt64,
        expiresAt: Date?
    ) throws -> PendingRevocation {
        let id = RevocationID(random: random)
        let place = CredentialVault.Place(tenant: tenant, subdomain: subdomain, generation: generation)
        let sealed = try credentials.sealRevocation(accessToken, of: id, place: place)
        return PendingRevocation(
            id: id, tenant: tenant, subdomain: subdomain, connection: connection, generation: generation,
            accessToken: sealed.bytes, keyID: sealed.keyID.description, queuedAt: clock.now, expiresAt: expiresAt,
            nextAttemptAt: clock.now)
    }

    /// The stored access token of a connection, ready to be moved here. Nil when its record is damaged: then there is nothing
    /// to revoke with. Throws when it cannot be opened now and may be another time.
    func pending(_ credential: SealedCredential, of connection: Connection) throws -> PendingRevocation? {
        let token: Secret
        do {
            token = try credentials.openAccessToken(credential, place: connection.place)
        } catch  where Self.isBeyondOpening(error) {
            return nil
        }
        return try pending(
            token, tenant: connection.tenant, subdomain: connection.subdomain, connection: connection.id,
            generation: connection.generation, expiresAt: connection.accessTokenExpiresAt)
    }

    func queued(_ revocation: PendingRevocation, actor: AuditActor) -> AuditEvent {
        event(.revocationQueued, .succeeded, revocation, actor: actor)
    }

    func event(
        _ action: AuditAction, _ outcome: AuditOutcome, _ revocation: PendingRevocation, actor: AuditActor
    ) -> AuditEvent {
        AuditEvent(
            at: clock.now, actor: actor, action: action, outcome: outcome, tenant: revocation.tenant,
            connection: revocation.connection, subject: revocation.subdomain, generation: revocation.generation,
            keyID: action == .revocationQueued ? revocation.keyID : nil)
    }
}
