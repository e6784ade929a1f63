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
    package func liveToken(for id: ConnectionID) async throws -> LiveToken {
        try await accessToken(for: id)
    }

    package func replacement(for rejected: LiveToken) async throws -> LiveToken? {
        do {
            return try await reportRejected(rejected.connection.id, generation: rejected.generation)
        } catch is TokenRefusal {
            return nil
        }
    }
}
