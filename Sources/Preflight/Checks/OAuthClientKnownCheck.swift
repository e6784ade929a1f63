import GatewayCore
import OAuth
import Zendesk

/// `oauth_client.known`: the organization knows our OAuth client. It is one client for every customer, so that nobody can mend
/// it in an organization's own Admin Center.
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

    static let known = Outcome.pass("The organization asks for a sign-in and does not complain about Latchkey.")
    static let untold = Outcome.warn(
        "Zendesk did not show whether it knows Latchkey.",
        "Connect; if Zendesk shows “No such client”, hand this report to support.")
    static let requestRefused = Outcome.fail(
        "Zendesk refuses the way Latchkey asks for access, and does not say why in words we know.", Steps.notYours,
        forOperator: "Check how the OAuth client {client_id} is set up at Zendesk.")
    static let scopeRefused = Outcome.fail(
        "Zendesk does not let Latchkey ask for the permissions that a connection needs.", Steps.notYours,
        forOperator: "Add {scopes} to the allowed scopes of the OAuth client {client_id}.")
    static let redirectURIRefused = Outcome.fail(
        "Zendesk knows Latchkey, but not the address it sends you back to.", Steps.notYours,
        forOperator: "Add exactly {redirect_uri} to the redirect URLs of the OAuth client {client_id}.")
    static let unknown = Outcome.fail(
        "This Zendesk does not know Latchkey.", Steps.notYours,
        forOperator:
            "Compare the OAuth client's unique identifier with {client_id}, from the settings of this gateway. A client that "
            + "was made in one account exists only there; a global one must have been approved by Zendesk.")

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
