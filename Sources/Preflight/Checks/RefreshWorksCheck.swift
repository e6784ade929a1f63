import FoundationEssentials
import GatewayCore

/// `refresh.works`: the connection can outlive its access token.
package struct RefreshWorksCheck: ConnectionCheck {
    package let code = CheckCode.refreshWorks
    package let needs: [CheckCode] = [.tokenAccepted]
    package let timeLimit = Duration.seconds(5)
    package let question = """
        Looks at what Zendesk gave at the last exchange or renewal: whether a refresh token came with it, and when both end. \
        Nothing is renewed for this: a renewal ends the tokens in use.
        """
    package let outcomes = [renewable, endUntold, endsSoon, ended, none]

    /// A connection that is renewed every two days stays far above this.
    static let margin: TimeInterval = 3 * 24 * 60 * 60

    static let renewable = Outcome.pass("The connection can be renewed.")
    static let endUntold = Outcome.warn(
        "Zendesk did not say how long the access lasts.",
        "Nothing needs to be done; the connection is renewed earlier than usual.")
    static let endsSoon = Outcome.warn(
        "The connection can be renewed for less than three more days.",
        "Reconnect the organization before that.")
    static let ended = Outcome.fail(
        "The connection can no longer be renewed.", "Reconnect the organization.")
    static let none = Outcome.fail(
        "Zendesk gave Latchkey no way to renew its access, so the connection ends {end}.",
        "Hand this report to support; reconnect when they ask you to.",
        forOperator: "Check that the OAuth client may use refresh tokens.")

    package func run(in context: PreflightContext, for connected: ConnectedFacts) async -> Finding {
        let end = connected.accessTokenExpiresAt
        let evidence = [
            "access_token_expires_at": end?.formatted(.iso8601) ?? "unknown",
            "refresh_token_expires_at": connected.refreshTokenExpiresAt?.formatted(.iso8601) ?? "unknown",
        ]
        guard connected.hasRefreshToken else {
            return Self.none.finding(
                evidence,
                filling: ["end": end.map { "on \($0.inWords)" } ?? "at a time that Zendesk did not name"])
        }
        let now = context.clock.now
        if let end = connected.refreshTokenExpiresAt, end < now.addingTimeInterval(Self.margin) {
            return (end <= now ? Self.ended : Self.endsSoon).finding(evidence)
        }
        return (connected.accessTokenExpiresAt == nil ? Self.endUntold : Self.renewable).finding(evidence)
    }
}
