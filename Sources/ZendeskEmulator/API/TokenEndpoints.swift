/// The tokens themselves, as their holders and admins see them.
extension APIRoute {
    static let tokens: [APIRoute] = [
        APIRoute("GET", "oauth/tokens/current", access: .member, endpoint: current),
        APIRoute("DELETE", "oauth/tokens/current", access: .member, endpoint: deleteCurrent),
        APIRoute(
            "GET", "oauth/tokens", scopes: ["read"], access: .admin,
            parameters: Paging.parameters.union(["all", "client_id", "global_client_id"]), endpoint: listTokens),
        APIRoute("GET", "oauth/tokens/*", scopes: ["read"], access: .member, endpoint: showToken),
        APIRoute("DELETE", "oauth/tokens/*", access: .member, endpoint: deleteToken),
    ]

    @Sendable private static func current(_ organization: inout Organization, _ call: APICall) -> Answer {
        guard let token = call.caller.token else { return APIErrors.unauthenticated }
        return .json(["token": body(token, call: call)])
    }

    @Sendable private static func showToken(_ organization: inout Organization, _ call: APICall) -> Answer {
        guard let token = visible(organization, call) else { return APIErrors.recordNotFound }
        return .json(["token": body(token, call: call)])
    }

    @Sendable private static func listTokens(_ organization: inout Organization, _ call: APICall) -> Answer {
        let all = call.query["all"] == "true"
        let client = (call.query["client_id"] ?? call.query["global_client_id"]).flatMap { Int64($0) }
        let records = organization.tokens.records.values.filter { token in
            (all || token.userID == call.caller.person?.id) && (client == nil || client == token.clientNumber)
        }
        return Paging(name: "tokens", call: call).answer(
            records.sorted { $0.id < $1.id }.map { ($0.id, body($0, call: call)) })
    }

    @Sendable private static func deleteCurrent(_ organization: inout Organization, _ call: APICall) -> Answer {
        guard let token = call.caller.token else { return APIErrors.unauthenticated }
        if let refusal = deletionRefusal(organization, call) { return refusal }
        if !organization.switches.currentDeleteHasNoEffect { organization.tokens.revoke(id: token.id) }
        return Answer(status: 204)
    }

    @Sendable private static func deleteToken(_ organization: inout Organization, _ call: APICall) -> Answer {
        if let refusal = deletionRefusal(organization, call) { return refusal }
        guard let token = visible(organization, call) else { return APIErrors.recordNotFound }
        organization.tokens.revoke(id: token.id)
        return Answer(status: 204)
    }

    private static func deletionRefusal(_ organization: Organization, _ call: APICall) -> Answer? {
        guard organization.switches.tokenDeleteNeedsWrite, let token = call.caller.token,
            !Scopes.cover(token.scopes, anyOf: ["write"])
        else { return nil }
        return APIErrors.missingScopes(["write"])
    }

    /// Somebody else's token does not exist for anybody but an admin.
    private static func visible(_ organization: Organization, _ call: APICall) -> TokenRecord? {
        guard let id = call.identifiers.first, let token = organization.tokens.records[id],
            let person = call.caller.person
        else { return nil }
        return person.role == .admin || token.userID == person.id ? token : nil
    }

    /// Ten characters of the access token and no more.
    private static func body(_ token: TokenRecord, call: APICall) -> JSONValue {
        [
            "id": .integer(token.id), "url": call.link("oauth/tokens/\(token.id)"),
            "user_id": .integer(token.userID), "client_id": .integer(token.clientNumber),
            "token": .string(String(token.accessToken.prefix(10))),
            "refresh_token": .text(token.refreshToken.map { $0.prefix(10) + "..." }),
            "scopes": .texts(token.scopes), "created_at": .time(token.createdAt),
            "expires_at": .time(token.expiresAt), "refresh_token_expires_at": .time(token.refreshTokenExpiresAt),
            "used_at": .time(token.usedAt),
        ]
    }
}
