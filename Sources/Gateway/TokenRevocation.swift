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
    /// The token set that takes its place. A token of level Read may not delete itself; its successor may be able to.
    var successor: ZendeskClient?

    func attempt() async -> Outcome {
        guard let token = await client.currentToken().value else {
            return Outcome(revoked: false, verifiedDead: await isDead())
        }
        let deleted = await delete(token.id)
        return Outcome(revoked: deleted, verifiedDead: await isDead())
    }

    private func delete(_ id: Int64) async -> Bool {
        guard let successor else { return await client.deleteToken(id: id).value != nil }
        // Were both one record at Zendesk, deleting the old token would end the new one.
        guard let living = await successor.currentToken().value, living.id != id else { return false }
        if await client.deleteToken(id: id).value != nil { return true }
        return await successor.deleteToken(id: id).value != nil
    }

    private func isDead() async -> Bool {
        await client.currentToken().refusal == .tokenDead
    }
}
