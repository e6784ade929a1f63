import GatewayCore
import HTTPTypes
import Testing

@testable import Zendesk

@Suite("Zendesk's refusals")
struct ZendeskRefusalTests {
    private static let dead = """
        {"error":"invalid_token","error_description":"The access token provided is expired, revoked, malformed or invalid \
        for other reasons."}
        """
    private static let role = """
        {"error":{"title":"Forbidden","message":"You do not have access to this page. Please contact the account owner of \
        this help desk for further help."}}
        """
    private static let noHelpDesk = """
        {"error":{"title":"No help desk at acme.zendesk.com","message":"There is no help desk configured at this address. \
        This means that the address is available and that you can claim it at http://www.zendesk.com/signup"}}
        """
    private static let closedPages = [
        "https://www.zendesk.com/app/help-center-closed",
        "https://www.zendesk.com/help-center-closed/?utm_content=acme.zendesk.com&utm_source=helpcenter-closed",
    ]

    static let catalogue: [(OutboundResponse, ZendeskRefusal)] = [
        (json(dead, status: 401), .tokenDead),
        (json(#"{"error":"Couldn't authenticate you"}"#, status: 401), .notAuthenticated),
        (page("invalid_token", status: 401), .notAuthenticated),
        (json("", status: 401), .notAuthenticated),
        (
            json(
                #"{"error":"Forbidden","description":"You are missing the following required scopes: groups:read, read"}"#,
                status: 403), .scopeMissing(["groups:read", "read"])
        ),
        (json(role, status: 403), .notPermitted),
        (json(#"{"error":"Forbidden","description":"no"}"#, status: 403), .forbiddenOther),
        (json(#"{"errors":[{"code":"Forbidden","title":"x"}]}"#, status: 403), .forbiddenOther),
        (page("<h1>Blocked</h1>", status: 403), .forbiddenOther),
        (json(#"{"error":"RecordNotFound","description":"Not found"}"#, status: 404), .recordNotFound),
        (json(#"{"error":"InvalidEndpoint","description":"Not found"}"#, status: 404), .invalidEndpoint),
        (json(noHelpDesk, status: 404), .noHelpDesk),
        (page("The page you were looking for doesn't exist", status: 404), .notFoundOther),
        (OutboundResponse(status: .notFound), .notFoundOther),
        (json("", status: 301, [.location: closedPages[0]]), .redirected(toClosedPage: true)),
        (json("", status: 302, [.location: closedPages[1]]), .redirected(toClosedPage: true)),
        (
            json("", status: 302, [.location: "https://evil.example/help-center-closed"]),
            .redirected(toClosedPage: false)
        ),
        (json("", status: 307), .redirected(toClosedPage: false)),
        (page("Number of allowed API requests", status: 429, [.retryAfter: "7"]), .rateLimited(retryAfter: 7)),
        (json("{}", status: 429), .rateLimited(retryAfter: nil)),
        (json(#"{"error":"ServiceUnavailable"}"#, status: 503, [.retryAfter: "30"]), .unavailable(retryAfter: 30)),
        (page("upstream request timeout", status: 504), .unavailable(retryAfter: nil)),
        (page("Bad request", status: 400), .html(status: 400)),
        (json(#"{"errors":[{"code":"InvalidPaginationParameter"}]}"#, status: 400), .unexpected(status: 400)),
        (json("", status: 415), .unexpected(status: 415)),
        (page("<html>Sign in</html>"), .html(status: 200)),
        (json("[]"), .malformed(status: 200)),
    ]

    @Test(arguments: catalogue)
    func `every entry of the error catalogue has its meaning`(
        answer: OutboundResponse, expected: ZendeskRefusal
    ) async throws {
        let result = try await client(answer).currentUser()
        #expect(result.refusal == expected)
        #expect(result.evidence?.status == answer.status.code)
    }

    @Test func `OA-53 only words that look like scopes are taken from a refusal`() async throws {
        let body = #"""
            {"error":"Forbidden","description":"You are missing the following required scopes: read, <script>, users:read\u001b[31m"}
            """#
        #expect(try await client(json(body, status: 403)).currentUser().refusal == .scopeMissing(["read"]))
        let many = (0..<1000).map { _ in "read" }.joined(separator: ", ")
        let flood = #"{"error":"F","description":"missing the following required scopes: \#(many)"}"#
        guard case .scopeMissing(let names)? = try await client(json(flood, status: 403)).currentUser().refusal else {
            Issue.record("not recognized")
            return
        }
        #expect(names.count == 20)
    }

    @Test func `OA-86 deep nesting in an API answer is survived`() async throws {
        let deep = String(repeating: "[", count: 100_000)
        #expect(try await client(json(deep)).currentUser().refusal == .malformed(status: 200))
        #expect(try await client(json(#"{"error":"# + deep, status: 403)).currentUser().refusal == .forbiddenOther)
    }
}
