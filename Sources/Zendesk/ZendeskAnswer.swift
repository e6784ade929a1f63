package import GatewayCore

/// What came of one REST call.
package enum ZendeskAnswer<Value: Sendable>: Sendable {
    case value(Value, evidence: ZendeskEvidence)
    case refused(ZendeskRefusal, evidence: ZendeskEvidence)
    case failed(TransportFailure)

    package var value: Value? {
        guard case .value(let value, _) = self else { return nil }
        return value
    }

    package var refusal: ZendeskRefusal? {
        guard case .refused(let refusal, _) = self else { return nil }
        return refusal
    }

    package var evidence: ZendeskEvidence? {
        switch self {
        case .value(_, let evidence), .refused(_, let evidence): evidence
        case .failed: nil
        }
    }
}

extension ZendeskAnswer: Equatable where Value: Equatable {}

/// The meanings of Zendesk's refusals that lead to different sentences. A closed list.
package enum ZendeskRefusal: Sendable, Hashable {
    /// 401 `invalid_token`: expired, revoked or never valid. The only one a refresh may cure.
    case tokenDead
    /// Any other 401: wrong header, wrong account, blocked address.
    case notAuthenticated
    /// 403: any one of these scopes would do.
    case scopeMissing([String])
    /// 403 with the object envelope: the role or the plan does not allow it.
    case notPermitted
    case forbiddenOther
    case recordNotFound
    case invalidEndpoint
    /// 404 `No help desk at …`: no account has this subdomain.
    case noHelpDesk
    /// 404 with a page or nothing: usually a product that the account does not have.
    case notFoundOther
    /// Not followed. To the page of closed accounts, or elsewhere.
    case redirected(toClosedPage: Bool)
    case rateLimited(retryAfter: Int?)
    case unavailable(retryAfter: Int?)
    /// A page where JSON was asked for: an edge, a sign-in page, maintenance.
    case html(status: Int)
    /// A success that could not be read.
    case malformed(status: Int)
    case unexpected(status: Int)

    /// Stable and bounded.
    package var code: String {
        switch self {
        case .tokenDead: "token_dead"
        case .notAuthenticated: "not_authenticated"
        case .scopeMissing: "scope_missing"
        case .notPermitted: "not_permitted"
        case .forbiddenOther: "forbidden"
        case .recordNotFound: "record_not_found"
        case .invalidEndpoint: "invalid_endpoint"
        case .noHelpDesk: "no_help_desk"
        case .notFoundOther: "not_found"
        case .redirected(toClosedPage: true): "account_closed"
        case .redirected(toClosedPage: false): "redirected"
        case .rateLimited: "rate_limited"
        case .unavailable: "unavailable"
        case .html: "html"
        case .malformed: "malformed"
        case .unexpected: "unexpected_status"
        }
    }
}
