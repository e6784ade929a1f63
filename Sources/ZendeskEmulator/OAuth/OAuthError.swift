import HTTPTypes

/// The error answers of RFC 6749, 5.2 with the sentences Zendesk's server uses on the wire.
package enum OAuthError: String, Error, Sendable, CaseIterable {
    case invalidGrant = "invalid_grant"
    case invalidClient = "invalid_client"
    case invalidRequest = "invalid_request"
    case unauthorizedClient = "unauthorized_client"
    case unsupportedGrantType = "unsupported_grant_type"
    case invalidScope = "invalid_scope"

    package var description: String {
        switch self {
        case .invalidGrant:
            "The provided access grant is invalid, expired, or revoked (e.g. invalid assertion, expired authorization "
                + "token, bad end-user password credentials, or mismatching authorization code and redirection URI)."
        case .invalidClient:
            "The client identifier provided is invalid, the client failed to authenticate, the client did not include "
                + "its credentials, provided multiple client credentials, or used unsupported credentials type."
        case .invalidRequest:
            "The request is missing a required parameter, includes an unsupported parameter or parameter value, "
                + "repeats a parameter, includes multiple credentials, utilizes more than one mechanism for "
                + "authenticating the client, or is otherwise malformed."
        case .unauthorizedClient:
            "The authenticated client is not authorized to use the access grant type provided."
        case .unsupportedGrantType:
            "The access grant included - its type or another attribute - is not supported by the authorization server."
        case .invalidScope:
            "The requested scope is invalid, unknown, malformed, or exceeds the previously granted scope."
        }
    }

    var status: Int {
        self == .invalidClient ? 401 : 400
    }

    /// The same words for every way a client can fail to prove itself, so that nobody learns which part was wrong.
    var answer: Answer {
        let answer = Answer.json(
            ["error": .string(rawValue), "error_description": .string(description)], status: status)
        guard self == .invalidClient else { return answer }
        return answer.with(.wwwAuthenticate, "Basic realm=\"OAuth2 Token Endpoint\"")
    }
}
