package import FoundationEssentials
package import GatewayCore

/// What Zendesk knows about the token that asks: the way to learn an end date that the token answer did not name.
package struct CurrentToken: Sendable, Hashable {
    package let id: Int64
    package let userID: Int64?
    /// Nil where the answer does not say.
    package let scopes: ScopeSet?
    /// Nil where the answer does not say; then the end is unknown, not absent.
    package let expiresAt: Date?
    package let refreshTokenExpiresAt: Date?
}

extension ZendeskClient {
    package func currentToken() async -> ZendeskAnswer<CurrentToken> {
        await get("/api/v2/oauth/tokens/current.json", CurrentTokenBody.self, \.token)
    }

    /// Ends a token for good. By id, because deleting `current` has been seen to answer 204 without effect; whoever
    /// needs certainty asks with the token afterwards and wants a 401.
    package func deleteToken(id: Int64) async -> ZendeskAnswer<Done> {
        await delete("/api/v2/oauth/tokens/\(id)")
    }
}

private struct CurrentTokenBody: Decodable {
    let token: CurrentToken
}

extension CurrentToken: Decodable {
    private enum Key: String, CodingKey {
        case id, scopes
        case userID = "user_id"
        case expiresAt = "expires_at"
        case refreshTokenExpiresAt = "refresh_token_expires_at"
    }

    package init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: Key.self)
        id = try members.decode(Int64.self, forKey: .id)
        userID = try? members.decode(Int64.self, forKey: .userID)
        scopes = (try? members.decode([String].self, forKey: .scopes)).map { ScopeSet($0) }
        expiresAt = Self.date(try? members.decode(String.self, forKey: .expiresAt))
        refreshTokenExpiresAt = Self.date(try? members.decode(String.self, forKey: .refreshTokenExpiresAt))
    }

    /// ISO 8601 in UTC with whole seconds, as all times of Zendesk; anything else is unknown.
    private static func date(_ text: String?) -> Date? {
        text.flatMap { try? Date($0, strategy: .iso8601) }
    }
}
