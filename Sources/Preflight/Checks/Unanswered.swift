import GatewayCore
import Zendesk

/// Findings for questions that got no usable answer. One place, so that the same trouble reads the same in every check.
enum Unanswered {
    static func finding(_ refusal: ZendeskRefusal, evidence: ZendeskEvidence, asking question: String) -> Finding {
        var seen = ["reason": refusal.code, "http_status": String(evidence.status)]
        seen["request_id"] = evidence.requestID
        let (message, remedy, place) = words(for: refusal, question)
        return .fail(message, remedy: remedy, at: place, evidence: seen)
    }

    static func finding(_ failure: TransportFailure, asking question: String) -> Finding {
        let untrusted = failure == .certificateUntrusted
        return .fail(
            untrusted
                ? "The organization's certificate is not trusted; Zendesk does this to accounts that are suspended."
                : "Zendesk could not be reached to ask \(question).",
            remedy: untrusted
                ? "Check with the account owner that the subscription is paid, then run this again."
                : "Wait a few minutes and run this again.",
            evidence: ["reason": failure.rawValue])
    }

    private static func words(
        for refusal: ZendeskRefusal, _ question: String
    ) -> (message: String, remedy: String, place: AdminPlace?) {
        switch refusal {
        case .tokenDead:
            ("Zendesk no longer accepts the token.", "Reconnect the organization.", nil)
        case .notAuthenticated, .forbiddenOther:
            (
                "Zendesk does not permit the call that asks \(question).",
                "Check the IP restrictions and the role of the person who connected, then run this again.",
                .ipRestrictions
            )
        case .notPermitted:
            (
                "The role of the person who connected does not permit to ask \(question).",
                "Open the person in Team members and set the Support role to Admin.", .teamMembers
            )
        case .scopeMissing:
            (
                "The granted permissions do not allow to ask \(question).",
                "Reconnect and choose Allow for everything that Zendesk lists.", .oauthClients
            )
        // No call of ours is redirected while the account lives at this address.
        case .noHelpDesk, .redirected:
            (
                "There is no active Zendesk account at this address.",
                "Check that the organization was not renamed, closed or suspended.", nil
            )
        case .rateLimited, .unavailable, .html:
            ("Zendesk is busy or under maintenance.", "Wait a few minutes and run this again.", nil)
        case .recordNotFound, .invalidEndpoint, .notFoundOther, .malformed, .unexpected:
            (
                "Zendesk gave an answer that was not expected when asked \(question).",
                "Run this again; if it stays, hand this report to support.", nil
            )
        }
    }
}
