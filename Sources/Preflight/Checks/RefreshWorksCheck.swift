import FoundationEssentials

/// `refresh.works`: the connection can outlive its access token.
package struct RefreshWorksCheck: Check {
    package let code = CheckCode.refreshWorks
    package let needs: [CheckCode] = [.tokenAccepted]

    package func run(in context: PreflightContext) async -> Finding {
        let end = context.accessTokenExpiresAt?.formatted(.iso8601)
        var evidence = ["access_token_expires_at": end ?? "unknown"]
        evidence["refresh_token_expires_at"] = context.refreshTokenExpiresAt?.formatted(.iso8601) ?? "unknown"
        guard context.hasRefreshToken else {
            return .fail(
                end.map { "Zendesk gave no refresh token, so the connection ends at \($0)." }
                    ?? "Zendesk gave no refresh token, so the connection ends when the access token does.",
                remedy: "Have the operator check that the OAuth client may use refresh tokens, then reconnect.",
                at: .oauthClients, evidence: evidence)
        }
        guard context.accessTokenExpiresAt != nil else {
            return .warn(
                "Zendesk did not say how long the access token lives.",
                remedy: "Nothing needs to be done; the connection is renewed earlier than usual.", evidence: evidence)
        }
        return .pass("The connection can be renewed.", evidence: evidence)
    }
}
