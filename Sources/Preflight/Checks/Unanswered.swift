import GatewayCore
import Zendesk

/// Findings for questions that got no usable answer. One place, so that the same trouble reads the same in every check.
///
/// Whoever comes here got an answer to who is signed in before. What says that the connection is dead or too weak fails;
/// everything else leaves the question open, and an open question is a warning.
enum Unanswered {
    static let outcomes = [unreachable, busy, odd, elsewhere, refused, notPermitted, scopeMissing, gone, dead]

    static let dead = Outcome.fail("Zendesk no longer accepts the token.", "Reconnect the organization.")
    static let gone = Outcome.fail(
        "There is no active Zendesk account at this address.",
        "Check that the organization was not renamed, closed or suspended.")
    static let scopeMissing = Outcome.fail(
        "The granted permissions do not allow to ask {question}.",
        Steps.allowAll)
    static let notPermitted = Outcome.warn(
        "Zendesk says that role or plan do not permit to ask {question}, so this cannot be told.",
        "Open Admin Center, People, Team, Team members, and check that the person who connected is an admin.",
        Steps.lookAgain, at: .teamMembers)
    static let refused = Outcome.warn(
        "Zendesk refused to be asked {question} and did not say why, so this cannot be told.",
        "Open Admin Center, Account, Security, Advanced and look at the tab IP restrictions.",
        Steps.lookAgain, at: .ipRestrictions)
    static let elsewhere = Outcome.warn(
        "Zendesk sent us elsewhere when asked {question}, which was not followed, so this cannot be told.",
        Steps.lookAgain)
    static let odd = Outcome.warn(
        "Zendesk gave an answer that was not expected when asked {question}, so this cannot be told.",
        Steps.lookAgain)
    static let busy = Outcome.warn(
        "Zendesk was too busy to be asked {question}, so this cannot be told.",
        Steps.wait)
    static let unreachable = Outcome.warn(
        "No answer came when Zendesk was asked {question}, so this cannot be told.",
        Steps.wait)

    static func finding(_ refusal: ZendeskRefusal, evidence: ZendeskEvidence, asking question: String) -> Finding {
        outcome(for: refusal).finding(Self.evidence(refusal, evidence), filling: ["question": question])
    }

    static func finding(_ failure: TransportFailure, asking question: String) -> Finding {
        unreachable.finding(["reason": failure.rawValue], filling: ["question": question])
    }

    /// What may be told of a refusal: our word for it, the status, and the number Zendesk's support asks for.
    static func evidence(_ refusal: ZendeskRefusal, _ seen: ZendeskEvidence) -> [String: String] {
        var evidence = ["reason": refusal.code, "http_status": String(seen.status)]
        evidence["request_id"] = seen.requestID
        return evidence
    }

    private static func outcome(for refusal: ZendeskRefusal) -> Outcome {
        switch refusal {
        case .tokenDead: dead
        case .noHelpDesk, .redirected(toClosedPage: true): gone
        case .scopeMissing: scopeMissing
        case .notPermitted: notPermitted
        case .notAuthenticated, .forbiddenOther: refused
        case .redirected(toClosedPage: false): elsewhere
        case .rateLimited, .unavailable: busy
        case .html, .recordNotFound, .invalidEndpoint, .notFoundOther, .malformed, .unexpected: odd
        }
    }
}
