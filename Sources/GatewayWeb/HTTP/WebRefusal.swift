import GatewayCore
import HTTPTypes

/// Why a request is not served: a status, what a program is told, and for a browser the page with better words.
struct WebRefusal: Error, Explained {
    let status: HTTPResponse.Status
    let explanation: Explanation
    /// Nil shows the explanation itself.
    let occasion: NoticePage.Occasion?
    let headerFields: HTTPFields
    /// The largest value that would have been taken, for programs.
    let limit: Int?

    init(
        _ status: HTTPResponse.Status, _ code: String, _ message: String, remedy: String? = nil,
        occasion: NoticePage.Occasion? = nil, headerFields: HTTPFields = [:]
    ) {
        self.status = status
        explanation = Explanation(code: code, message: message, remedy: remedy)
        self.occasion = occasion
        self.headerFields = headerFields
        limit = nil
    }

    init(
        _ status: HTTPResponse.Status, _ explanation: Explanation, headerFields: HTTPFields = [:], limit: Int? = nil
    ) {
        self.status = status
        self.explanation = explanation
        occasion = nil
        self.headerFields = headerFields
        self.limit = limit
    }
}

extension WebRefusal {
    static let notFound = WebRefusal(
        .notFound, "not_found", "There is nothing at this address.", remedy: "Check the address.",
        occasion: .notFound)

    static let signInNeeded = WebRefusal(
        .unauthorized, "session.missing", "This page needs a sign-in.", occasion: .signInNeeded)

    static let forbidden = WebRefusal(
        .forbidden, "session.role_missing", "This sign-in does not include that.", occasion: .forbidden)

    static let formExpired = WebRefusal(
        .forbidden, "form.expired", "The form was used before, is too old, or belongs to another sign-in.",
        occasion: .formExpired)

    static let crossSite = WebRefusal(
        .forbidden, "request.cross_site", "This request did not come from a page of this site.",
        occasion: .formExpired)

    static let linkUsed = WebRefusal(
        .gone, "sign_in_link.used", "This link works no longer.", occasion: .linkUsed)

    static let connectLinkUsed = WebRefusal(
        .gone, "connect_link.used", "This link works no longer.", occasion: .connectLinkUsed)

    static let diagnosticsLinkEnded = WebRefusal(
        .gone, "diagnostics_link.ended", "This link works no longer.", occasion: .diagnosticsLinkEnded)

    static let tooLarge = WebRefusal(
        .contentTooLarge, "request.too_large", "The request's body is larger than 64 KiB.",
        remedy: "Send less at once.", occasion: .tooLarge)

    static let unavailable = WebRefusal(
        .serviceUnavailable, "service.unavailable", "The gateway cannot answer just now.",
        remedy: "Try again in a minute.", occasion: .unavailable, headerFields: [.retryAfter: "5"])

    static func methodNotAllowed(_ allowed: [HTTPRequest.Method]) -> WebRefusal {
        WebRefusal(
            .methodNotAllowed, "request.method", "This address does not take that method.",
            remedy: "See the Allow header.", occasion: .methodNotAllowed,
            headerFields: [.allow: allowed.map(\.rawValue).sorted().joined(separator: ", ")])
    }

    static func tooManyRequests(retryAfter seconds: Int) -> WebRefusal {
        WebRefusal(
            .tooManyRequests, "rate_limit.exceeded", "Too many requests in a short time.",
            remedy: "Wait for the time that Retry-After names.", occasion: .tooManyRequests,
            headerFields: [.retryAfter: String(seconds)])
    }

    static func malformed(_ what: String) -> WebRefusal {
        WebRefusal(.badRequest, "request.malformed", what, remedy: "Send the request again, correctly formed.")
    }
}
