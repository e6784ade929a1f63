import GatewayCore
import Zendesk

/// `organization.exists`: a living account answers there.
///
/// Every name below zendesk.com has an address, so that only the content of an answer tells an account from none (URL-37).
package struct OrganizationExistsCheck: Check {
    package let code = CheckCode.organizationExists
    package let needs: [CheckCode] = [.hostResolves, .tlsValid]
    package let timeLimit = Duration.seconds(10)
    package let question = """
        Asks for the list of languages (`GET /api/v2/locales/public.json`), which every account answers to everybody. No \
        token is sent. Redirects are not followed.
        """
    package let outcomes = [alive, blocked, busy, silent, odd, elsewhere, closed, nobody]

    static let alive = Outcome.pass("A Zendesk account answers at this address.")
    static let blocked = Outcome.warn(
        "Something answers at this address, but refuses even what it tells everybody. IP restrictions look like that.",
        "Open Admin Center, Account, Security, Advanced.",
        "On the tab IP restrictions, switch the restriction off{egress}.",
        Steps.runAgain, at: .ipRestrictions)
    static let busy = Outcome.warn(
        "Something answers at this address, but is busy or under maintenance just now.",
        Steps.wait)
    static let silent = Outcome.warn(
        "A connection was made, but no complete answer came.", Steps.wait)
    static let odd = Outcome.warn(
        "Something answers at this address, but not as a Zendesk account does, so nobody can tell whether one lives here.",
        "Open the address in a browser and check that your team signs in there.", Steps.runAgain)
    static let elsewhere = Outcome.fail(
        "This address sends visitors on to another one, which was not followed. An account that can be connected does not.",
        "Sign in to Zendesk and copy the address from the browser: it is the one that ends in {domain}.",
        "Connect under that address.")
    static let closed = Outcome.fail(
        "The Zendesk account at this address is closed or suspended.",
        "Have the account owner open Admin Center, Account, Billing, Subscription and check that the subscription is paid.",
        "If the account was renamed, connect it under its new name.",
        Steps.runAgain, at: .subscription)
    static let nobody = Outcome.fail(
        "There is no Zendesk account at this address.",
        "Compare the subdomain letter by letter with the address in your browser when you work in Zendesk.",
        "If the account was renamed, connect it under its new name.")

    package func run(in context: PreflightContext) async -> Finding {
        switch await context.publicLocales.value {
        case .value: return Self.alive.finding()
        case .refused(let refusal, let evidence):
            return finding(refusal, Unanswered.evidence(refusal, evidence), context)
        case .failed(let failure):
            let outcome = failure == .malformedResponse || failure == .responseTooLarge ? Self.odd : Self.silent
            return outcome.finding(["reason": failure.rawValue])
        }
    }

    private func finding(
        _ refusal: ZendeskRefusal, _ evidence: [String: String], _ context: PreflightContext
    ) -> Finding {
        switch refusal {
        // Nobody but Zendesk answers so: an older version of the account's software, without this list.
        case .recordNotFound, .invalidEndpoint: Self.alive.finding(evidence)
        case .tokenDead, .notAuthenticated, .scopeMissing, .notPermitted, .forbiddenOther:
            Self.blocked.finding(evidence, filling: ["egress": Egress.orAdd(context.egress)])
        case .rateLimited, .unavailable: Self.busy.finding(evidence)
        case .noHelpDesk: Self.nobody.finding(evidence)
        case .redirected(toClosedPage: true): Self.closed.finding(evidence)
        case .redirected(toClosedPage: false):
            Self.elsewhere.finding(evidence, filling: ["domain": context.organization.policy.domain])
        case .notFoundOther, .html, .malformed, .unexpected: Self.odd.finding(evidence)
        }
    }
}
