import GatewayCore
import Zendesk

/// `token.accepted`: the token opens something at all.
package struct TokenAcceptedCheck: ConnectionCheck {
    package let code = CheckCode.tokenAccepted
    package let needs: [CheckCode] = [.organizationExists]
    package let timeLimit = Duration.seconds(12)
    package let question = "Asks who is signed in (`GET /api/v2/users/me.json`) with the connection's token."
    package let outcomes = [
        accepted, unreachable, busy, odd, Unanswered.gone, role, scopes, refused, blocked, Unanswered.dead,
    ]

    static let accepted = Outcome.pass("The organization answers and accepts the token.")
    static let blocked = Outcome.fail(
        "Zendesk refuses every call from this gateway, with a token and without. IP restrictions do that.",
        "Open Admin Center, Account, Security, Advanced.",
        "On the tab IP restrictions, switch the restriction off{egress}.",
        Steps.runAgain, at: .ipRestrictions)
    static let refused = Outcome.fail(
        "Zendesk refuses the very first call with this token and does not say why. What lives there answers others, so IP "
            + "restrictions for team members, or a role without rights, are likely.",
        "Open Admin Center, Account, Security, Advanced and look at the tab IP restrictions: switch the restriction "
            + "off{egress}.",
        "Open Admin Center, People, Team, Team members, and check that the person who connected is active and an admin.",
        Steps.runAgain, at: .ipRestrictions)
    static let role = Outcome.fail(
        "The role of the person who connected does not permit any call.",
        Steps.openPerson, "Set the Support role to Admin.", Steps.runAgain, at: .teamMembers)
    static let scopes = Outcome.fail(
        "The granted permissions do not even allow to ask who is signed in.",
        Steps.allowAll, "If it happens again, hand this report to support.",
        forOperator: "Check the allowed scopes of the OAuth client.")
    static let busy = Outcome.fail(
        "Zendesk is busy or under maintenance.", Steps.wait)
    static let odd = Outcome.fail(
        "Zendesk gave an answer that was not expected when asked who is signed in.",
        Steps.lookAgain)
    static let unreachable = Outcome.fail(
        "Zendesk could not be reached to ask who is signed in.", Steps.wait)

    package func run(in context: PreflightContext, for connected: ConnectedFacts) async -> Finding {
        switch await context.currentUser {
        case .value: return Self.accepted.finding()
        case .refused(let refusal, let evidence):
            return await outcome(refusal, context).finding(
                Unanswered.evidence(refusal, evidence), filling: ["egress": Egress.orAdd(context.egress)])
        case .failed(let failure): return Self.unreachable.finding(["reason": failure.rawValue])
        case nil: return .skipped(because: .organizationExists)
        }
    }

    private func outcome(_ refusal: ZendeskRefusal, _ context: PreflightContext) async -> Outcome {
        switch refusal {
        case .tokenDead: Unanswered.dead
        case .notAuthenticated, .forbiddenOther, .notPermitted:
            // No answer is documented for a blocked address. What refuses everybody alike is not about this token.
            if await refusesEverybody(context) {
                Self.blocked
            } else {
                refusal == .notPermitted ? Self.role : Self.refused
            }
        case .scopeMissing: Self.scopes
        // No call of ours is redirected while the account lives at this address.
        case .noHelpDesk, .redirected: Unanswered.gone
        case .rateLimited, .unavailable, .html: Self.busy
        case .recordNotFound, .invalidEndpoint, .notFoundOther, .malformed, .unexpected: Self.odd
        }
    }

    private func refusesEverybody(_ context: PreflightContext) async -> Bool {
        switch await context.publicLocales.value.refusal {
        case .notAuthenticated, .forbiddenOther, .notPermitted, .scopeMissing, .tokenDead: true
        default: false
        }
    }
}
