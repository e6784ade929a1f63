import GatewayCore
import Zendesk

/// Ends a token at Zendesk: asks for its id, deletes by id, and looks whether it is dead. Deleting `current` was seen to
/// answer 204 without effect.
struct TokenRevocation: Sendable {
    struct Outcome: Sendable {
        /// Zendesk agreed to delete the token.
        let revoked: Bool
        /// Zendesk answered 401 to the token afterwards. Only this proves anything.
        let verifiedDead: Bool

        var audited: AuditOutcome { verifiedDead ? .succeeded : .failed(code: Disconnect.notVerified) }
    }

    let client: ZendeskClient

    @discardableResult
    func attempt() async -> Outcome {
        guard let token = await client.currentToken().value else {
            return Outcome(revoked: false, verifiedDead: await isDead())
        }
        let deleted = await client.deleteToken(id: token.id)
        return Outcome(revoked: deleted.value != nil, verifiedDead: await isDead())
    }

    private func isDead() async -> Bool {
        await client.currentToken().refusal == .tokenDead
    }
}
