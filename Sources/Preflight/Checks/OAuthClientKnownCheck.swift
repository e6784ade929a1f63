import GatewayCore
import OAuth
import Zendesk

/// `oauth_client.known`: the organization knows our OAuth client.
///
/// Zendesk does not send a browser back when the client is unknown, so that without this check an admin would meet a page of
/// Zendesk's that leads nowhere.
package struct OAuthClientKnownCheck: Check {
    package let code = CheckCode.oauthClientKnown
    package let needs: [CheckCode] = [.organizationExists]
    package let timeLimit = Duration.seconds(10)
    package let question = """
        Looks at what the authorization endpoint (`GET /oauth/authorizations/new`) shows to a browser that nobody is signed \
        in with: the sign-in, or a page of complaint. Nobody is signed in and nothing is granted.
        """
    package let outcomes = [known, untold, requestRefused, scopeRefused, redirectURIRefused, unknown]

    static let known = Outcome.pass("The organization asks for a sign-in and does not complain about the OAuth client.")
    static let untold = Outcome.warn(
        "The authorization page did not show whether the organization knows the OAuth client.",
        "Connect; if Zendesk shows “No such client”, tell the operator of this gateway.")
    static let requestRefused = Outcome.fail(
        "The organization calls our authorization request invalid and does not say why in words we know.",
        "Hand this report to the operator of this gateway.")
    static let scopeRefused = Outcome.fail(
        "The OAuth client may not ask for the permissions that a connection needs.",
        "Have the operator open the OAuth client in Admin Center, Apps and integrations, APIs, OAuth clients.",
        "Add {scopes} to its allowed scopes.", at: .oauthClients)
    static let redirectURIRefused = Outcome.fail(
        "The OAuth client is known, but our redirect address is not registered with it.",
        "Have the operator open the OAuth client in Admin Center, Apps and integrations, APIs, OAuth clients.",
        "Add exactly {redirect_uri} to its redirect URLs.", at: .oauthClients)
    static let unknown = Outcome.fail(
        "The organization does not know the OAuth client {client_id}.",
        "Have the operator compare the client's unique identifier with the one in the settings of this gateway.",
        "A client that was made in one account exists only there; a global one must have been approved by Zendesk.",
        at: .oauthClients)

    package func run(in context: PreflightContext) async -> Finding {
        switch await context.visitor.clientStanding(context.authorization) {
        case .value(let standing, _): return finding(standing, context)
        case .refused(let refusal, let evidence):
            return Self.untold.finding(Unanswered.evidence(refusal, evidence))
        case .failed(let failure): return Self.untold.finding(["reason": failure.rawValue])
        }
    }

    private func finding(_ standing: ClientStanding, _ context: PreflightContext) -> Finding {
        let outcome =
            switch standing {
            case .known: Self.known
            case .unknown: Self.unknown
            case .redirectURIRefused: Self.redirectURIRefused
            case .scopeRefused: Self.scopeRefused
            case .requestRefused: Self.requestRefused
            }
        let asked = context.authorization
        return outcome.finding(
            ["shown": standing.rawValue, "client_id": asked.clientID],
            filling: [
                "client_id": asked.clientID, "redirect_uri": asked.redirectURI, "scopes": asked.scope.text,
            ])
    }
}
