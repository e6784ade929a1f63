package import GatewayCore

/// What came of one token request.
package enum TokenEndpointOutcome: Sendable {
    case tokens(TokenSet)
    case failed(TokenEndpointFailure)
}

extension TokenEndpointOutcome {
    /// Whether the server took us for who we say we are; nil where the answer does not tell.
    package var isClientAccepted: Bool? {
        switch self {
        case .tokens: true
        case .failed(let failure):
            switch failure.reason {
            case .error(.invalidClient): false
            // Servers look at the client first (RFC 6749, section 3.2.1), so the grant was looked at.
            case .error(.invalidGrant), .error(.invalidScope): true
            default: nil
            }
        }
    }
}

/// What a failure means for the grant and the connection. The caller acts by the class alone.
package enum OutcomeClass: Sendable, Hashable {
    /// Certainly nothing arrived: the same grant may be used again.
    case notSent
    /// The grant may be spent: probe before anything else.
    case ambiguous
    /// Try the same grant later, after that many seconds if the server named them.
    case retryable(retryAfter: Int?)
    /// The grant is dead, unless somebody else has already replaced it.
    case rejectedGrant
    /// Our client is set up wrongly: no retry helps, and the grant is untouched.
    case configuration
    /// The organization is closed, renamed or behind a wrong certificate.
    case organizationUnreachable
    /// A success nobody can use: the grant is probably spent.
    case malformedSuccess
}

/// A failure with its class and its reason. Holds no text of the peer.
package struct TokenEndpointFailure: Error, Sendable, Hashable {
    package enum Reason: Sendable, Hashable {
        case transport(TransportFailure)
        /// The server's own word.
        case error(TokenErrorCode)
        /// No usable body; the status alone speaks.
        case status(Int)
        case malformed(MalformedTokenResponse)
    }

    package let outcomeClass: OutcomeClass
    package let reason: Reason

    /// Stable and bounded, fit for a metric's label: `transport.timed_out`, `error.invalid_grant`, `status.5xx`.
    package var code: String {
        switch reason {
        case .transport(let failure): "transport.\(failure.rawValue)"
        case .error(let error): "error.\(error.rawValue)"
        case .status(let status) where [404, 410, 429, 500, 502, 503, 504].contains(status): "status.\(status)"
        case .status(let status) where (300..<600).contains(status): "status.\(status / 100)xx"
        case .status: "status.other"
        case .malformed(let malformed): "malformed.\(malformed.rawValue)"
        }
    }
}

/// The `error` of a token response (RFC 6749, section 5.2), with the two of section 4.1.2.1 that servers send here too.
package enum TokenErrorCode: String, Sendable, CaseIterable {
    case invalidRequest = "invalid_request"
    case invalidClient = "invalid_client"
    case invalidGrant = "invalid_grant"
    case unauthorizedClient = "unauthorized_client"
    case unsupportedGrantType = "unsupported_grant_type"
    case invalidScope = "invalid_scope"
    case serverError = "server_error"
    case temporarilyUnavailable = "temporarily_unavailable"
    case other = "other"
}

/// What was wrong with a success.
package enum MalformedTokenResponse: String, Error, Sendable, CaseIterable {
    case status = "status"
    case contentType = "content_type"
    case contentCoding = "content_coding"
    case body = "body"
    case accessToken = "access_token"
    case tokenType = "token_type"
    case refreshToken = "refresh_token"
    case scope = "scope"
    case otherClient = "other_client"
    case otherOrganization = "other_organization"
}
