import FoundationEssentials

/// `refresh.works`: the connection can outlive its access token.
package struct RefreshWorksCheck: Check {
    package let code = CheckCode.refreshWorks
    package let needs: [CheckCode] = [.tokenAccepted]

    /// A connection that is renewed every two days stays far above this.
    static let margin: TimeInterval = 3 * 24 * 60 * 60

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
        if let end = context.refreshTokenExpiresAt, end < context.now.addingTimeInterval(Self.margin) {
            return ending(isOver: end <= context.now, evidence)
        }
        guard context.accessTokenExpiresAt != nil else {
            return .warn(
                "Zendesk did not say how long the access token lives.",
                remedy: "Nothing needs to be done; the connection is renewed earlier than usual.", evidence: evidence)
        }
        return .pass("The connection can be renewed.", evidence: evidence)
    }

    private func ending(isOver: Bool, _ evidence: [String: String]) -> Finding {
        guard !isOver else {
            return .fail(
                "The refresh token has ended, so the connection cannot be renewed.",
                remedy: "Reconnect the organization.", evidence: evidence)
        }
        return .warn(
            "The refresh token ends within three days, and the connection with it.",
            remedy: "Reconnect the organization before that.", evidence: evidence)
    }
}
