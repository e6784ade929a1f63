package import GatewayCore

/// What hand-off and proxy ask of whoever renews tokens.
package protocol TokenRenewal: Sendable {
    /// A token that lives, renewed first where it must be. Throws `TokenRefusal`.
    func liveToken(for id: ConnectionID) async throws -> LiveToken

    /// What to use after Zendesk refused `rejected` as dead: the current token where a newer one exists, else a forced
    /// renewal, at most one for each generation. Nil when there is nothing newer to be had.
    func replacement(for rejected: LiveToken) async throws -> LiveToken?
}

extension TokenBroker: TokenRenewal {
    /// The connection with new tokens, whatever was left of the old ones.
    package func refreshed(_ connection: Connection, actor: AuditActor) async throws -> Connection {
        try await accessToken(for: connection.id).connection
    }

    package func liveToken(for id: ConnectionID) async throws -> LiveToken {
        try await accessToken(for: id)
    }

    package func replacement(for rejected: LiveToken) async throws -> LiveToken? {
        let current = try await accessToken(for: rejected.connection.id)
        return current.generation == rejected.generation ? nil : current
    }
}
