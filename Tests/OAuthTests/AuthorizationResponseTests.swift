import GatewayCore
import Testing

@testable import OAuth

@Suite("Authorization response")
struct AuthorizationResponseTests {
    private static let state = String(repeating: "s", count: 43)
    private static let large = String(repeating: "a", count: 64 * 1024)

    @Test func `reads state and code`() throws {
        let response = try AuthorizationResponse(query: "code=a%2Bb+c&state=\(Self.state)&extra=1")
        #expect(response.state.exposeText() == Self.state)
        guard case .code(let code) = response.outcome else {
            Issue.record("no code")
            return
        }
        #expect(code.exposeText() == "a+b c")
    }

    @Test(arguments: [
        ("code=x", AuthorizationResponseRefusal.stateMissing),  // OA-13
        ("", .stateMissing),
        ("error=access_denied", .stateMissing),
        ("code=x&state=", .stateEmpty),  // OA-14
        ("code=x&state", .stateEmpty),
        ("code=x&state=\(state)&state=\(state)", .repeatedParameter),  // OA-19
        ("code=x&state=\(state)&state=other", .repeatedParameter),
        ("code=x&state=\(state)&st%61te=other", .repeatedParameter),
        ("code=x&state=\(state)%3D", .stateMalformed),  // OA-20
        ("code=x&state=\(state)=", .stateMalformed),
        ("code=x&state=+\(state)", .stateMalformed),
        ("code=x&state=%20\(state)", .stateMalformed),
        ("code=x&state=%73\(state.dropFirst())", .stateMalformed),
        ("code=x&state=%2573\(state.dropFirst())", .stateMalformed),
        ("code=x&state[]=\(state)", .stateMissing),  // OA-21
        ("code=x&state%5B%5D=\(state)", .stateMissing),
        ("code=x&state.x=\(state)", .stateMissing),
        ("code=x&STATE=\(state)", .stateMissing),
        ("code=x&%20state=\(state)", .stateMissing),
        ("code=x&state=\(large)", .tooLong),  // OA-22
        ("code=x&state=\(String(repeating: "s", count: 513))", .stateMalformed),
        ("code=x&state=\(state)%00", .stateMalformed),
        ("code=x&state=\(state)%0D%0A", .stateMalformed),
        ("code=x&state=\(state)\r\n", .malformedEncoding),
        ("code=x&state=%FF%FE", .malformedEncoding),
        ("code=x&state=%C0%AF", .malformedEncoding),
        ("code=x&state=%4", .malformedEncoding),
        ("code=x&state=%zz", .malformedEncoding),
        ("code=x&state=%", .malformedEncoding),
        ("code=x&state=\u{E9}", .malformedEncoding),
    ])
    func `OA-13 OA-14 OA-19 OA-20 OA-21 OA-22 a state that is not exactly ours is refused`(
        query: String, refusal: AuthorizationResponseRefusal
    ) {
        #expect(throws: refusal) { try AuthorizationResponse(query: query) }
    }

    @Test func `OA-15 OA-16 OA-17 OA-18 OA-20 a state of another case has another digest`() throws {
        let state = AuthorizationState(random: SystemRandomSource())
        let swapped = state.value.exposeText().map { $0.isUppercase ? $0.lowercased() : $0.uppercased() }.joined()
        let response = try AuthorizationResponse(query: "code=x&state=\(swapped)")
        #expect(AuthorizationState.digest(of: response.state) != state.digest)
    }

    @Test(arguments: [
        ("state=\(state)", AuthorizationResponseRefusal.neitherCodeNorError),  // OA-40
        ("state=\(state)&code[]=x", .neitherCodeNorError),
        ("state=\(state)&code=", .codeEmpty),  // OA-41
        ("state=\(state)&code", .codeEmpty),
        ("state=\(state)&code=x&error=access_denied", .codeAndError),  // OA-42
        ("state=\(state)&code=&error=", .codeAndError),
        ("state=\(state)&code=x&code=x", .repeatedParameter),  // OA-43
        ("state=\(state)&code=x&code=y", .repeatedParameter),
        ("state=\(state)&error=a&error=b", .repeatedParameter),
        ("state=\(state)&error=a&error_description=b&error_description=c", .repeatedParameter),
        ("state=\(state)&error=a&error_uri=b&error_uri=c", .repeatedParameter),
        ("state=\(state)&code=\(large)", .tooLong),  // OA-44
        ("state=\(state)&code=\(String(repeating: "c", count: 8 * 1024 + 1))", .codeMalformed),
        ("state=\(state)&code=x%0D%0Ay", .codeMalformed),
        ("state=\(state)&code=x%00", .codeMalformed),
        ("state=\(state)&code=%C3%A9", .codeMalformed),
        ("state=\(state)&code=%7F", .codeMalformed),
        ("state=\(state)&code=%", .malformedEncoding),
    ])
    func `OA-40 OA-41 OA-42 OA-43 OA-44 a code that is not exactly one is refused`(
        query: String, refusal: AuthorizationResponseRefusal
    ) {
        #expect(throws: refusal) { try AuthorizationResponse(query: query) }
    }

    @Test func `OA-22 the longest allowed query is read and one octet more is not`() throws {
        let start = "code=x&state=\(Self.state)&pad="
        let room = AuthorizationResponse.maximumQueryOctets - start.utf8.count
        _ = try AuthorizationResponse(query: start + String(repeating: "p", count: room))
        #expect(throws: AuthorizationResponseRefusal.tooLong) {
            try AuthorizationResponse(query: start + String(repeating: "p", count: room + 1))
        }
    }

    @Test func `OA-26 a fragment is not read`() {
        #expect(throws: AuthorizationResponseRefusal.stateMalformed) {
            try AuthorizationResponse(query: "state=\(Self.state)#code=x")
        }
    }

    @Test func `OA-45 refusals all read the same and repeat nothing`() {
        let messages = Set(AuthorizationResponseRefusal.allCases.map(\.explanation.message))
        #expect(messages.count == 1)
        #expect(Set(AuthorizationResponseRefusal.allCases.map(\.explanation.code)).count == 12)
    }
}

@Suite("Issuer of an authorization response")
struct IssuerTests {
    private static let expected = "https://acme.zendesk.com"

    private func check(_ parameter: String, _ policy: IssuerPolicy) throws {
        try AuthorizationResponse(query: "code=x&state=s\(parameter)").checkIssuer(
            expected: Self.expected, policy: policy)
    }

    @Test(
        arguments: [
            "&iss=https://evil.example",  // OA-30
            "&iss=",
            "&iss",
            "&iss=https%3A%2F%2Facme.zendesk.com%2F",  // OA-33
            "&iss=https://ACME.zendesk.com",
            "&iss=HTTPS://acme.zendesk.com",
            "&iss=https://acme.zendesk.com:443",
            "&iss=https://acme.zendesk%252Ecom",
            "&iss=https://acme.zendesk.com%00",
            "&iss=https://acme.zendesk.com%E2%84%AA",
            "&iss=http://acme.zendesk.com",
        ], IssuerPolicy.allCases)
    func `OA-30 OA-33 OA-34 a given issuer must be right octet by octet, under both settings`(
        parameter: String, policy: IssuerPolicy
    ) {
        #expect(throws: AuthorizationResponseRefusal.issuerMismatch) { try check(parameter, policy) }
    }

    @Test(arguments: IssuerPolicy.allCases)
    func `OA-30 the right issuer is accepted, encoded for the query or not`(policy: IssuerPolicy) throws {
        try check("&iss=https://acme.zendesk.com", policy)
        try check("&iss=https%3A%2F%2Facme.zendesk.com", policy)
    }

    @Test func `OA-31 a repeated issuer is refused, also when both are right`() {
        #expect(throws: AuthorizationResponseRefusal.repeatedParameter) {
            try check("&iss=https://acme.zendesk.com&iss=https://acme.zendesk.com", .optional)
        }
    }

    @Test func `OA-32 OA-34 a missing issuer is refused where it is announced and normal where it is not`() throws {
        #expect(throws: AuthorizationResponseRefusal.issuerMissing) { try check("", .required) }
        try check("", .optional)
    }
}

@Suite("Errors of the authorization endpoint")
struct AuthorizationErrorTests {
    private func error(_ query: String) throws -> AuthorizationError? {
        guard case .error(let error) = try AuthorizationResponse(query: "state=s&" + query).outcome else { return nil }
        return error
    }

    @Test(arguments: [
        "The+end-user+or+authorization+server+denied+the+request",
        "The%20end-user%20or%20authorization%20server%20denied%20the%20request.",
    ])
    func `OA-51 a denial is understood with Zendesk's descriptions in both spellings`(description: String) throws {
        #expect(try error("error=access_denied&error_description=\(description)") == .accessDenied)
    }

    @Test func `OA-52 an error without a state is refused like any other answer`() {
        #expect(throws: AuthorizationResponseRefusal.stateMissing) {
            try AuthorizationResponse(query: "error=access_denied")
        }
    }

    @Test(arguments: [
        "error=%3Cscript%3Ealert(1)%3C/script%3E",  // OA-53
        "error=x&error_description=%3Cimg+src=x+onerror=alert(1)%3E",
        "error=x&error_description=%E2%80%AE%1B%5B31m%0D%0Ainjected",  // OA-54
        "error=x&error_uri=https://phishing.example/",  // OA-56
        "error=", "error=ACCESS_DENIED", "error=access_denied%20", "error=interaction_required",  // OA-55
    ])
    func `OA-53 OA-54 OA-55 OA-56 nothing of an unknown error is kept`(query: String) throws {
        let response = try AuthorizationResponse(query: "state=s&" + query)
        #expect(try error(query) == .other)
        var printed = ""
        dump(response, to: &printed)
        for trace in ["script", "onerror", "injected", "phishing", "ACCESS", "interaction"] {
            #expect(!printed.contains(trace))
        }
    }

    @Test func `OA-54 a description of a megabyte is refused with its query`() {
        #expect(throws: AuthorizationResponseRefusal.tooLong) {
            try error("error=x&error_description=" + String(repeating: "d", count: 1_000_000))
        }
    }

    @Test func `every error has words of its own`() {
        for error in AuthorizationError.allCases {
            #expect(AuthorizationError(wireValue: error.rawValue) == error)
            #expect(error.explanation.remedy != nil)
        }
    }
}
