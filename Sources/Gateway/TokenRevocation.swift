import Zendesk

/// Ends a token at Zendesk: asks for its id, deletes by id, and looks whether it is dead. Deleting `current` was seen to
/// answer 204 without effect.
struct TokenRevocation: Sendable {
    let client: ZendeskClient

    /// True only when Zendesk answered 401 to the token afterwards.
    @discardableResult
    func attempt() async -> Bool {
        guard let token = await client.currentToken().value else { return await isDead() }
        _ = await client.deleteToken(id: token.id)
        return await isDead()
    }

    private func isDead() async -> Bool {
        await client.currentToken().refusal == .tokenDead
    }
}
