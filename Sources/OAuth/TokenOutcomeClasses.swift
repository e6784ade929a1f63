internal import GatewayCore

// The one place where signs become classes.
extension TokenEndpointFailure {
    init(_ failure: TransportFailure) {
        reason = .transport(failure)
        outcomeClass =
            switch failure {
            // Zendesk takes the certificate away from accounts that do not pay, so this is about the organization.
            case .certificateUntrusted: .organizationUnreachable
            default: failure.mayHaveArrived ? .ambiguous : .notSent
            }
    }

    init(_ error: TokenErrorCode, retryAfter: Int?) {
        reason = .error(error)
        outcomeClass =
            switch error {
            case .invalidGrant: .rejectedGrant
            case .invalidClient, .unauthorizedClient, .unsupportedGrantType, .invalidScope, .invalidRequest:
                .configuration
            // An unknown word says no without saying why. It must not cost anybody a connection.
            case .serverError, .temporarilyUnavailable, .other: .retryable(retryAfter: retryAfter)
            }
    }

    init(_ malformed: MalformedTokenResponse) {
        reason = .malformed(malformed)
        outcomeClass = .malformedSuccess
    }

    /// An answer whose body is no OAuth error: pages of proxies, of an edge, of a closed account.
    init(status: Int, retryAfter: Int?) {
        reason = .status(status)
        outcomeClass =
            switch status {
            case 300..<400, 404, 410: .organizationUnreachable
            // Before the application saw the request, or by its own admission without effect.
            case 400..<500, 500, 503: .retryable(retryAfter: retryAfter)
            // An intermediary that does not know what happened behind it (502, 504, and an edge's 52x).
            default: .ambiguous
            }
    }
}
