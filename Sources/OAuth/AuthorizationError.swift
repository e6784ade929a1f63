package import GatewayCore

/// The `error` of an authorization response (RFC 6749, section 4.1.2.1). Unknown words become `other`; the description
/// is never kept, because its text is the sender's.
package enum AuthorizationError: String, Explained, CaseIterable {
    case invalidRequest = "invalid_request"
    case unauthorizedClient = "unauthorized_client"
    case accessDenied = "access_denied"
    case unsupportedResponseType = "unsupported_response_type"
    case invalidScope = "invalid_scope"
    case serverError = "server_error"
    case temporarilyUnavailable = "temporarily_unavailable"
    case other = "other"

    package init(wireValue: String) {
        self = Self(rawValue: wireValue) ?? .other
    }

    package var explanation: Explanation {
        Explanation(code: "authorization_error.\(rawValue)", message: message, remedy: remedy)
    }

    private var message: String {
        switch self {
        case .accessDenied: "Access was not allowed at Zendesk."
        case .invalidScope: "Zendesk does not let Latchkey ask for that permission level."
        case .serverError, .temporarilyUnavailable: "Zendesk could not finish the authorization just now."
        case .invalidRequest, .unauthorizedClient, .unsupportedResponseType:
            "Zendesk refused the way this gateway asked for access."
        case .other: "Zendesk ended the authorization for a reason it did not explain."
        }
    }

    private var remedy: String {
        switch self {
        case .accessDenied: "Start again and choose Allow, signed in as an admin of the organization."
        case .invalidScope: "Choose the other level, or tell support."
        case .serverError, .temporarilyUnavailable: "Wait a few minutes and start again."
        case .invalidRequest, .unauthorizedClient, .unsupportedResponseType:
            "Tell support; there is nothing that you can mend."
        case .other: "Start again; if it happens twice, tell support."
        }
    }
}
