import HTTPTypes

/// Answers of addresses where nobody is at home.
enum Absence {
    /// JSON for calls; a browser that follows a link is sent to the page about closed help centers.
    static func unknown(_ request: EmulatedRequest, subdomain: String, domain: String) -> Answer {
        if isBrowserStyle(request) { return closed(request, domain: domain) }
        return .json(
            [
                "error": [
                    "title": .string("No help desk at \(subdomain).\(domain)"),
                    "message": """
                    There is no help desk configured at this address. This means that the address is available and \
                    that you can claim it at http://www.zendesk.com/signup
                    """,
                ]
            ], status: 404)
    }

    static func closed(_ request: EmulatedRequest, domain: String) -> Answer {
        .redirect("\(request.scheme)://www.\(domain)\(request.portSuffix)/app/help-center-closed", status: 301)
    }

    /// No recording of a call from outside the allowed ranges exists; only the status class is known.
    static func blocked(_ style: BlockedAnswer) -> Answer {
        switch style {
        case .page: page
        case .forbidden: APIErrors.forbidden
        case .unauthenticated: APIErrors.unauthenticated
        case .empty: Answer(status: 403)
        }
    }

    private static let page =
        Answer.html("<!DOCTYPE html><html lang=\"en\"><title>Forbidden</title><h1>Forbidden</h1></html>", status: 403)

    private static func isBrowserStyle(_ request: EmulatedRequest) -> Bool {
        guard ["GET", "HEAD"].contains(request.method) else { return false }
        if request.path.hasPrefix("/api/") { return request.headers[.accept]?.contains("text/html") ?? false }
        return true
    }
}
