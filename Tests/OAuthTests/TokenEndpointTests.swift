import GatewayCore
import HTTPTypes
import Testing

@testable import OAuth

func endpoint(
    _ transport: RecordingTransport, secrets: [String] = ["cs-1"], subdomain: String = "acme"
) -> TokenEndpoint {
    guard let organization = try? organization(subdomain) else { preconditionFailure("a bad subdomain in a test") }
    return TokenEndpoint(
        organization: organization, path: "/oauth/tokens", transport: transport,
        client: ClientCredentials(clientID: "zdg-latchkey", secrets: secrets.map { Secret($0) }),
        lifetimes: TokenLifetimes(access: 172_800, refresh: 7_776_000))
}

func members(of request: OutboundRequest) throws -> JSONValue {
    let body = try #require(request.body)
    return try StrictJSON.read(Array(body.exposeText().utf8), maximumBytes: 64 * 1024)
}

@Suite("Token endpoint")
struct TokenEndpointTests {
    private func grant(code: String = "co-canary") -> AuthorizationGrant {
        AuthorizationGrant(
            code: Secret(code), verifier: Secret("ve-canary"), redirectURI: "https://gateway.example/oauth/callback")
    }

    @Test func `OA-57 the exchange is one POST with everything in the body`() async throws {
        let transport = RecordingTransport(tokenAnswer())
        let begun = ContinuousClock.now
        let outcome = await endpoint(transport).exchange(grant())
        let ended = ContinuousClock.now
        #expect(outcome.tokens != nil)
        let request = try #require(transport.requests.first)
        #expect(transport.requests.count == 1)
        #expect(request.method == .post)
        #expect(request.path == "/oauth/tokens")
        var limits = request.limits
        let latestEnd = try #require(limits.latestEnd)
        // Each of the two secrets that are tried at most has its time.
        #expect((begun + limits.deadline * 2...ended + limits.deadline * 2).contains(latestEnd))
        limits.latestEnd = nil
        #expect(limits == .token)
        #expect(
            request.headerFields == [
                .contentType: "application/json", .accept: "application/json", .acceptEncoding: "identity",
            ])
        #expect(
            request.body?.exposeText()
                == #"{"grant_type":"authorization_code","code":"co-canary","#
                + #""redirect_uri":"https://gateway.example/oauth/callback","code_verifier":"ve-canary","#
                + #""client_id":"zdg-latchkey","client_secret":"cs-1","expires_in":172800,"refresh_token_expires_in":7776000}"#
        )
    }

    @Test func `the refresh names the lifetimes again`() async throws {
        let transport = RecordingTransport(tokenAnswer())
        _ = await endpoint(transport).refresh(Secret("rt-canary"), until: .now + .seconds(10))
        #expect(
            transport.requests.first?.body?.exposeText()
                == #"{"grant_type":"refresh_token","refresh_token":"rt-canary","client_id":"zdg-latchkey","#
                + #""client_secret":"cs-1","expires_in":172800,"refresh_token_expires_in":7776000}"#)
    }

    @Test func `a public client sends no secret at all`() async throws {
        let transport = RecordingTransport(tokenAnswer())
        _ = await endpoint(transport, secrets: []).exchange(grant())
        #expect(try members(of: try #require(transport.requests.first))["client_secret"] == nil)
        #expect(transport.requests.count == 1)
    }

    @Test func `OA-57 no value can leave its JSON string`() async throws {
        let transport = RecordingTransport(tokenAnswer())
        let hostile = "\",\"client_id\":\"evil\\\u{0}\u{1F}\n\u{7F}é"
        _ = await endpoint(transport).exchange(grant(code: hostile))
        let body = try members(of: try #require(transport.requests.first))
        #expect(body["code"] == .string(hostile))
        #expect(body["client_id"] == .string("zdg-latchkey"))
    }

    @Test func `OA-57 nothing printed about a request or an outcome shows a secret`() async throws {
        let transport = RecordingTransport(tokenAnswer())
        let outcome = await endpoint(transport, secrets: ["cs-canary"]).exchange(grant())
        var printed = "\(outcome) \(transport.requests)"
        dump(outcome, to: &printed)
        dump(transport.requests, to: &printed)
        #expect(!printed.contains("canary"))
    }

    @Test(arguments: [
        json("{}", status: 401, [.wwwAuthenticate: "Basic realm=\"x\""]), json("", status: 401), json("", status: 403),
        json(#"{"error":"invalid_grant"}"#, status: 400), json(#"{"error":"unauthorized_client"}"#, status: 400),
        json(#"{"error":"invalid_client"}"#, status: 401, [.contentType: "text/html"]), json("", status: 503),
    ])
    func `OA-58 no refusal but invalid_client leads to a second attempt`(answer: OutboundResponse) async {
        let transport = RecordingTransport(answer, tokenAnswer())
        let outcome = await endpoint(transport, secrets: ["cs-1", "cs-2"]).exchange(grant())
        #expect(outcome.tokens == nil)
        #expect(transport.requests.count == 1)
    }

    @Test func `OA-58 with one secret invalid_client is final, and no other method is tried`() async {
        let transport = RecordingTransport(json(#"{"error":"invalid_client"}"#, status: 401), tokenAnswer())
        let outcome = await endpoint(transport).exchange(grant())
        #expect(outcome.failure?.outcomeClass == .configuration)
        #expect(transport.requests.count == 1)
        #expect(transport.requests.allSatisfy { $0.headerFields[.authorization] == nil })
    }

    @Test func `the next secret is tried once on invalid_client, and a third never`() async throws {
        let refusal = json(#"{"error":"invalid_client"}"#, status: 401)
        let changed = RecordingTransport(refusal, tokenAnswer())
        #expect(
            await endpoint(changed, secrets: ["cs-1", "cs-2"]).refresh(Secret("r"), until: .now + .seconds(10)).tokens
                != nil)
        #expect(
            try changed.requests.map { try members(of: $0)["client_secret"] } == [.string("cs-1"), .string("cs-2")])
        let hungry = RecordingTransport(refusal, refusal, refusal)
        let outcome = await endpoint(hungry, secrets: ["cs-1", "cs-2", "cs-3"]).refresh(
            Secret("r"), until: .now + .seconds(10))
        #expect(outcome.failure?.outcomeClass == .configuration)
        #expect(hungry.requests.count == 2)
    }

    @Test(arguments: TransportFailure.allCases)
    func `OA-50 OA-69 a code is never sent again after a transport failure`(failure: TransportFailure) async {
        let transport = RecordingTransport([.failure(failure), .success(tokenAnswer())])
        let outcome = await endpoint(transport, secrets: ["cs-1", "cs-2"]).exchange(grant())
        #expect(outcome.failure?.reason == .transport(failure))
        #expect(transport.requests.count == 1)
    }

    @Test(
        arguments: [301, 302, 303, 307, 308],
        ["https://acme.zendesk.com/x", "https://evil.example/", "http://acme.zendesk.com/"])
    func `OA-60 a redirect is not followed`(status: Int, location: String) async {
        let transport = RecordingTransport(json("", status: status, [.location: location]), tokenAnswer())
        let outcome = await endpoint(transport, secrets: ["cs-1", "cs-2"]).exchange(grant())
        #expect(outcome.failure?.outcomeClass == .organizationUnreachable)
        #expect(transport.requests.count == 1)
    }

    @Test func `OA-65 OA-66 the request asks for at most 64 KiB, uncoded, on a connection of its own`() async throws {
        let transport = RecordingTransport([.failure(.responseTooLarge)])
        let outcome = await endpoint(transport).refresh(Secret("r"), until: .now + .seconds(10))
        #expect(outcome.failure?.outcomeClass == .ambiguous)
        let request = try #require(transport.requests.first)
        #expect(request.limits.maximumBodyBytes == 64 * 1024)
        #expect(request.limits.needsFreshConnection)
        #expect(request.headerFields[.acceptEncoding] == "identity")
    }

    @Test func `OA-35 OA-94 each organization's request goes to its host and carries nothing of another's answer`()
        async
    {
        var answer = tokenAnswer()
        answer = json(answer.body, [.setCookie: "sid=canary"])
        let transport = RecordingTransport(answer, tokenAnswer())
        _ = await endpoint(transport, subdomain: "acme").exchange(grant())
        _ = await endpoint(transport, subdomain: "other").exchange(grant())
        #expect(transport.requests.map(\.organization.host) == ["acme.zendesk.com", "other.zendesk.com"])
        #expect(transport.requests.allSatisfy { $0.headerFields[.cookie] == nil })
    }
}
