package import FoundationEssentials
package import GatewayCore
package import Storage

/// Gives a live access token of a connection to whoever needs one in this process, renewing it first where it must.
package struct TokenBroker: Sendable {
    let store: any GatewayStore
    let credentials: CredentialVault
    let clock: any WallClock
    package let refresher: Refresher

    package init(store: any GatewayStore, credentials: CredentialVault, clock: any WallClock, refresher: Refresher) {
        self.store = store
        self.credentials = credentials
        self.clock = clock
        self.refresher = refresher
    }

    /// A token that lives at least `minimumLifetime` seconds more, or one that was renewed for it and lives less. Throws
    /// `TokenRefusal` where that cannot be had just now, and `LeaseRefusal` where it never can.
    package func accessToken(for id: ConnectionID, minimumLifetime: TimeInterval = 0) async throws -> LiveToken {
        if !refresher.isRenewing(id), let token = try await storedToken(of: id), token.lives(minimumLifetime, clock) {
            return token
        }
        let result = try await refresher.refresh(id, .token(minimumLifetime: minimumLifetime))
        return try await token(of: id, living: minimumLifetime, after: result)
    }

    /// For a caller whom Zendesk answered 401 `invalid_token`: the present token if theirs was an older one, else a new one.
    /// Throws `TokenRefusal` when there is no other.
    package func reportRejected(_ id: ConnectionID, generation: UInt64) async throws -> LiveToken {
        if !refresher.isRenewing(id), let token = try await storedToken(of: id), token.generation > generation {
            return token
        }
        let result = try await refresher.refresh(id, .rejected(generation: generation))
        let token = try await token(of: id, after: result)
        guard token.generation > generation else { throw refusal(result) }
        return token
    }

    /// A new token set now, whatever the age of the present one. Throws `TokenRefusal`.
    package func refresh(_ id: ConnectionID, actor: AuditActor) async throws -> Connection {
        let result = try await refresher.refresh(id, .forced, actor: actor)
        guard result == .current, let connection = try await store.connection(id) else { throw refusal(result) }
        return connection
    }

    private func storedToken(of id: ConnectionID) async throws -> LiveToken? {
        guard let connection = try await store.connection(id), let credential = try await store.credential(of: id),
            connection.generation == credential.generation
        else { return nil }
        switch connection.status {
        case .disconnected, .needsReauthorization: return nil
        case .active, .inDoubt:
            return LiveToken(
                connection: connection, token: try credentials.openAccessToken(credential, place: connection.place))
        }
    }

    private func token(
        of id: ConnectionID, living minimum: TimeInterval = 0, after result: RefreshResult
    ) async throws -> LiveToken {
        // Its stored token is dead at Zendesk already; the living one is not durable yet.
        if await refresher.isUnsaved(id) { throw refusal(result) }
        switch result {
        case .current: return try await storedToken(of: id, living: 0, or: refusal(result))
        case .notNow: return try await storedToken(of: id, living: minimum, or: refusal(result))
        case .outOfReach(let longest): throw LeaseRefusal.minimumTooLong(longest: Int(longest))
        case .needsReauthorization, .disconnected: throw refusal(result)
        }
    }

    private func storedToken(
        of id: ConnectionID, living minimum: TimeInterval, or refusal: TokenRefusal
    ) async throws -> LiveToken {
        guard let token = try await storedToken(of: id), token.lives(minimum, clock) else { throw refusal }
        return token
    }

    private func refusal(_ result: RefreshResult) -> TokenRefusal {
        switch result {
        case .disconnected: .disconnected
        case .needsReauthorization(let reason): .needsReauthorization(reason: reason)
        // Read at two moments between which the connection ended or went on.
        case .current, .outOfReach: .unavailable(code: "changed_meanwhile", retryAfter: 1)
        case .notNow(let code, let until):
            .unavailable(code: code, retryAfter: max(1, Int(until.timeIntervalSince(clock.now).rounded(.up))))
        }
    }
}

/// An access token with the connection it belongs to, as both were when it was read.
package struct LiveToken: Sendable {
    package let connection: Connection
    package let token: Secret

    package init(connection: Connection, token: Secret) {
        self.connection = connection
        self.token = token
    }

    package var generation: UInt64 { connection.generation }
    package var expiresAt: Date? { connection.accessTokenExpiresAt }

    func lives(_ seconds: TimeInterval, _ clock: any WallClock) -> Bool {
        expiresAt.map { $0 > clock.now.addingTimeInterval(seconds) } ?? true
    }
}

/// Why there is no live token.
package enum TokenRefusal: Explained, Equatable {
    case disconnected
    /// Somebody has to authorize again; the reason is the connection's status reason.
    case needsReauthorization(reason: String)
    /// Not at this moment: worth another try after so many seconds.
    case unavailable(code: String, retryAfter: Int)

    /// As it stands in the audit log.
    var outcome: AuditOutcome {
        switch self {
        case .disconnected, .needsReauthorization: .refused(code: explanation.code)
        case .unavailable: .failed(code: explanation.code)
        }
    }

    package var explanation: Explanation {
        switch self {
        case .disconnected:
            Explanation(
                code: "connection.disconnected", message: "This connection was ended; its tokens are gone.",
                remedy: "Connect the organization again.")
        case .needsReauthorization:
            Explanation(
                code: "connection.needs_reauthorization",
                message: "Zendesk no longer accepts this connection's tokens.",
                remedy: "Let an admin of the organization authorize it again.")
        case .unavailable(let code, let seconds):
            Explanation(
                code: "token.unavailable.\(code)",
                message: "There is no access token for this connection at this moment.",
                remedy: "Try again in \(seconds) seconds.")
        }
    }
}
