import GatewayCore
import HTTPTypes
import Testing

@testable import OAuth

@Suite("Failures of the token endpoint")
struct TokenErrorTests {
    @Test(
        arguments: [
            ("invalid_grant", OutcomeClass.rejectedGrant, "error.invalid_grant"),
            ("invalid_client", .configuration, "error.invalid_client"),
            ("unauthorized_client", .configuration, "error.unauthorized_client"),
            ("unsupported_grant_type", .configuration, "error.unsupported_grant_type"),
            ("invalid_scope", .configuration, "error.invalid_scope"),
            ("invalid_request", .configuration, "error.invalid_request"),
            ("server_error", .retryable(retryAfter: nil), "error.server_error"),
            ("temporarily_unavailable", .retryable(retryAfter: nil), "error.temporarily_unavailable"),
            ("canary_unknown", .retryable(retryAfter: nil), "error.other"),
            ("INVALID_GRANT", .retryable(retryAfter: nil), "error.other"),
            ("", .retryable(retryAfter: nil), "error.other"),
        ], [200, 201, 400, 401])
    func `OA-89 OA-92 every error word has its class, at 400, 401 and hidden in a success`(
        row: (word: String, expected: OutcomeClass, code: String), status: Int
    ) throws {
        let body = #"{"error":"\#(row.word)","error_description":"canary <b>"}"#
        let failure = try #require(try parse(json(body, status: status)).failure)
        #expect(failure.outcomeClass == row.expected)
        #expect(failure.code == row.code)
        #expect(!"\(failure)".contains("canary"))
    }

    @Test func `OA-89 an error beside tokens wins`() throws {
        let failure = try parse(tokenAnswer(["error": "\"invalid_grant\""])).failure
        #expect(failure?.outcomeClass == .rejectedGrant)
        #expect(try parse(tokenAnswer(["error": "{\"title\":\"x\"}"])).failure?.reason == .error(.other))
        #expect(try parse(tokenAnswer(["error": "null"])).tokens != nil)
    }

    @Test(
        arguments: [
            (400, OutcomeClass.retryable(retryAfter: nil)), (401, .retryable(retryAfter: nil)),
            (403, .retryable(retryAfter: nil)), (404, .organizationUnreachable), (410, .organizationUnreachable),
            (429, .retryable(retryAfter: nil)), (500, .retryable(retryAfter: nil)), (501, .ambiguous),
            (502, .ambiguous), (503, .retryable(retryAfter: nil)), (504, .ambiguous), (520, .ambiguous),
            (599, .ambiguous),
        ], ["", "<html>canary</html>", #"{"error":{"title":"No help desk at canary"}}"#])
    func `OA-91 errors without a usable body are classified by status alone`(
        row: (status: Int, expected: OutcomeClass), body: String
    ) throws {
        let page = OutboundResponse(
            status: .init(code: row.status), headerFields: [.contentType: "text/html"], body: Array(body.utf8))
        let failure = try #require(try parse(page).failure)
        #expect(failure.outcomeClass == row.expected)
        #expect(failure.reason == .status(row.status))
        #expect(!"\(failure)".contains("canary"))
    }

    @Test(arguments: [403, 404, 410, 422, 429, 500, 503])
    func `OA-91 invalid_grant counts at 400 and 401 only`(status: Int) throws {
        let failure = try parse(json(#"{"error":"invalid_grant"}"#, status: status)).failure
        #expect(failure?.outcomeClass != .rejectedGrant)
    }

    @Test func `OA-88 OA-91 an error word on a page is not believed`() throws {
        let page = json(#"{"error":"invalid_grant"}"#, status: 400, [.contentType: "text/html"])
        #expect(try parse(page).failure?.outcomeClass == .retryable(retryAfter: nil))
    }

    @Test(
        arguments: [
            ("7", 7), ("0", 0), ("86400", 86_400), ("9999999999", 86_400), ("99999999999", nil), ("-1", nil),
            ("1.5", nil), ("", nil),
            ("Wed, 21 Oct 2026 07:28:00 GMT", nil), ("+7", nil),
        ] as [(String, Int?)])
    func `Retry-After is taken in whole seconds and capped at a day`(value: String, seconds: Int?) throws {
        for status in [429, 503] {
            let response = json("", status: status, [.retryAfter: value])
            #expect(try parse(response).failure?.outcomeClass == .retryable(retryAfter: seconds))
        }
    }

    @Test(arguments: [300, 301, 302, 303, 305, 307, 308])
    func `OA-60 a redirect means that the organization is not there`(status: Int) throws {
        let failure = try parse(json("{}", status: status, [.location: "https://evil.example/"])).failure
        #expect(failure?.outcomeClass == .organizationUnreachable)
        #expect(failure?.code == "status.3xx")
    }

    @Test(arguments: TransportFailure.allCases)
    func `OA-64 OA-69 every transport failure has its class`(failure: TransportFailure) {
        let expected: OutcomeClass =
            failure == .certificateUntrusted
            ? .organizationUnreachable : failure.mayHaveArrived ? .ambiguous : .notSent
        #expect(TokenEndpointFailure(failure).outcomeClass == expected)
        #expect(TokenEndpointFailure(failure).code == "transport.\(failure.rawValue)")
    }

    @Test func `failure codes are a bounded list`() throws {
        let codes = Set((100..<1000).map { TokenEndpointFailure(status: $0, retryAfter: nil).code })
        #expect(codes.count == 11)
    }
}
