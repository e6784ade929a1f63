internal import GatewayCore
internal import HTTPTypes
internal import OAuth

// The one place where Zendesk's answers get their meaning.
extension ZendeskRefusal {
    static let maximumScopesNamed = 20
    static let maximumScopeOctets = 64

    /// For answers that are no success.
    init(_ response: OutboundResponse) {
        let status = response.status.code
        let body = ZendeskErrorBody(response)
        switch status {
        case 300..<400: self = .redirected(toClosedPage: Self.leadsToClosedPage(response))
        case 401: self = Self.unauthorized(body)
        case 403: self = Self.forbidden(body)
        case 404: self = Self.notFound(body)
        case 429: self = .rateLimited(retryAfter: RetryAfter.seconds(in: response))
        case 500..<600: self = .unavailable(retryAfter: RetryAfter.seconds(in: response))
        case _ where Self.isPage(response): self = .html(status: status)
        default: self = .unexpected(status: status)
        }
    }

    /// For successes whose body cannot be read.
    init(unreadable response: OutboundResponse) {
        let status = response.status.code
        self = Self.isPage(response) ? .html(status: status) : .malformed(status: status)
    }

    private static func unauthorized(_ body: ZendeskErrorBody) -> ZendeskRefusal {
        guard case .string("invalid_token", _) = body else { return .notAuthenticated }
        return .tokenDead
    }

    private static func forbidden(_ body: ZendeskErrorBody) -> ZendeskRefusal {
        switch body {
        case .object: return .notPermitted
        case .string(_, let description):
            guard let names = missingScopes(description ?? "") else { return .forbiddenOther }
            return .scopeMissing(names)
        case .list, .none: return .forbiddenOther
        }
    }

    private static func notFound(_ body: ZendeskErrorBody) -> ZendeskRefusal {
        switch body {
        case .object(let title) where title?.hasPrefix("No help desk at") == true: .noHelpDesk
        case .string("RecordNotFound", _): .recordNotFound
        case .string("InvalidEndpoint", _): .invalidEndpoint
        default: .notFoundOther
        }
    }

    /// The names after `missing the following required scopes:`. Only what looks like a scope is taken over, since
    /// these words are shown to people.
    private static func missingScopes(_ description: String) -> [String]? {
        let marker = "missing the following required scopes:"
        guard let range = description.firstRange(of: marker) else { return nil }
        return description[range.upperBound...].split { $0 == "," || $0 == " " }.prefix(maximumScopesNamed)
            .map(String.init)
            .filter { name in
                name.utf8.count <= maximumScopeOctets
                    && name.utf8.allSatisfy { octet in
                        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(octet) || octet == UInt8(ascii: "_")
                            || octet == UInt8(ascii: ":")
                    }
            }
    }

    private static func leadsToClosedPage(_ response: OutboundResponse) -> Bool {
        guard let location = response.headerFields[.location] else { return false }
        return leadsToZendesk(location) && location.contains("help-center-closed")
    }

    /// Or to where a stand-in keeps that page.
    private static func leadsToZendesk(_ location: String) -> Bool {
        if location.hasPrefix("https://www.zendesk.com/") { return true }
        let pieces = location.split(separator: "/", maxSplits: 2)
        guard pieces.count == 3, pieces[1].hasPrefix("www.") else { return false }
        return pieces[1].prefix { $0 != ":" }.hasSuffix(".localhost")
    }

    private static func isPage(_ response: OutboundResponse) -> Bool {
        response.headerFields[.contentType]?.lowercased().hasPrefix("text/html") == true
    }
}
