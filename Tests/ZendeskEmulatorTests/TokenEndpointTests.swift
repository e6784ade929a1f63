import FoundationEssentials
import HTTPTypes
import Testing

@testable import ZendeskEmulator

@Suite struct `Token endpoint` {
    let visit = Visit()

    @Test func `answers an exchange with both tokens, and forbids keeping the answer`() {
        let answer = visit.exchange(visit.code())
        #expect(answer.status == 200)
        #expect(answer.headers[.cacheControl] == "no-store")
        #expect(answer.bodyJSON?["token_type"]?.text == "bearer")
        #expect(answer.bodyJSON?["scope"]?.text == "read write")
        #expect(answer.bodyJSON?["expires_in"]?.whole == 3600)
        #expect(answer.bodyJSON?["refresh_token_expires_in"]?.whole == 2_592_000)
    }

    @Test func `takes a form as well as JSON`() {
        let fields = visit.exchangeFields(visit.code()).compactMap { name, value in
            value.map { (name, $0.text ?? $0.rendered) }
        }
        #expect(visit.submit("/oauth/tokens", fields).status == 200)
    }

    @Test func `refuses parameters in the query`() {
        let answer = visit.token(visit.exchangeFields(visit.code()), query: "?client_secret=\(Visit.secret)")
        #expect(answer.status == 400)
        #expect(answer.errorWord == "invalid_request")
    }

    @Test func `refuses a repeated parameter in a form and in JSON`() {
        let form = visit.submit("/oauth/tokens", [("grant_type", "refresh_token"), ("grant_type", "refresh_token")])
        #expect(form.errorWord == "invalid_request")
        let json = visit.world.answer(
            EmulatedRequest(
                "POST", "/oauth/tokens", authority: visit.authority, headers: [.contentType: "application/json"],
                body: Array(#"{"grant_type":"refresh_token","client_id":"a","client_id":"b"}"#.utf8)))
        #expect(json.errorWord == "invalid_request")
    }

    @Test func `refuses any other content type`() {
        let answer = visit.token(visit.exchangeFields(visit.code()), headers: [.contentType: "text/plain"])
        #expect(answer.errorWord == "invalid_request")
    }

    @Test(arguments: [
        ["client_secret": JSONValue.string("wrong")], ["client_id": "nobody"], ["client_id": 41_000_000_001],
        ["client_secret": nil, "code_verifier": nil],
    ])
    func `answers every failure to prove the client in the same way`(changes: [String: JSONValue?]) {
        let answer = visit.exchange(visit.code(), changes)
        #expect(answer.status == 401)
        #expect(answer.errorWord == "invalid_client")
        #expect(answer.bodyJSON?["error_description"]?.text == OAuthError.invalidClient.description)
        #expect(answer.headers[.wwwAuthenticate] == "Basic realm=\"OAuth2 Token Endpoint\"")
    }

    @Test func `refuses HTTP Basic, which is not documented here`() {
        let answer = visit.token(
            visit.exchangeFields(visit.code()),
            headers: [.contentType: "application/json", .authorization: "Basic eDp5"])
        #expect(answer.errorWord == "invalid_client")
    }

    @Test(arguments: [
        ["redirect_uri": JSONValue.string(Visit.redirectURI + "/")], ["code_verifier": nil],
        ["code_verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXX"], ["code": "unknown"],
    ])
    func `refuses a code that does not fit what it was made for`(changes: [String: JSONValue?]) {
        let answer = visit.exchange(visit.code(), changes)
        #expect(answer.status == 400)
        #expect(answer.errorWord == "invalid_grant")
    }

    @Test func `refuses a verifier for a code without a challenge`() {
        let code = visit.code(["code_challenge": nil, "code_challenge_method": nil])
        #expect(visit.exchange(code).errorWord == "invalid_grant")
    }

    @Test func `spends a code on its first presentation, even a wrong one`() {
        let code = visit.code()
        #expect(visit.exchange(code, ["redirect_uri": "http://localhost:1/"]).errorWord == "invalid_grant")
        #expect(visit.exchange(code).errorWord == "invalid_grant")
    }

    @Test func `lets a code live for 120 seconds`() {
        let code = visit.code()
        let late = visit.code()
        visit.world.shiftClock(by: 119)
        #expect(visit.exchange(code).status == 200)
        visit.world.shiftClock(by: 1)
        #expect(visit.exchange(late).errorWord == "invalid_grant")
    }

    @Test func `a replayed code also kills the tokens it gave`() {
        let code = visit.code()
        let pair = Pair(visit.exchange(code))
        #expect(visit.api("users", pair.access).status == 200)
        #expect(visit.exchange(code).errorWord == "invalid_grant")
        #expect(visit.api("users", pair.access).errorWord == "invalid_token")
        #expect(visit.refresh(pair.refresh).errorWord == "invalid_grant")
        #expect(visit.world.counters.replayedCodes == 1)
    }

    @Test func `a code of one organization is worth nothing at another`() {
        let code = visit.code()
        var other = visit
        other.organization = "fenced"
        #expect(other.exchange(code).errorWord == "invalid_grant")
    }

    @Test func `a code of one client is worth nothing to another`() {
        #expect(
            visit.exchange(visit.code(), ["client_id": "zdg-public", "client_secret": nil]).errorWord
                == "invalid_grant")
    }

    @Test(arguments: [
        ["expires_in": JSONValue.integer(299)], ["expires_in": 172_801], ["refresh_token_expires_in": 604_799],
        ["refresh_token_expires_in": 7_776_001], ["expires_in": "soon"],
    ])
    func `refuses lifetimes outside the documented ranges`(changes: [String: JSONValue?]) {
        let answer = visit.exchange(visit.code(), changes)
        #expect(answer.status == 400)
        #expect(answer.errorWord == "invalid_request")
    }

    @Test(arguments: [
        ["expires_in": JSONValue.integer(300), "refresh_token_expires_in": 604_800],
        ["expires_in": 172_800, "refresh_token_expires_in": 7_776_000], ["expires_in": "1800"],
    ])
    func `takes both ends of the ranges, and digits in a text`(changes: [String: JSONValue?]) {
        #expect(visit.exchange(visit.code(), changes).status == 200)
    }

    @Test(arguments: zip(ExpiresInMode.allCases, [1800, nil, JSONValue.null, nil, .null] as [JSONValue?]))
    func `without a wish the answer's expires_in follows the switch`(mode: ExpiresInMode, expected: JSONValue?) {
        visit.world.update("acme") { $0.switches.expiresInMode = mode }
        let answer = visit.exchange(visit.code(), ["expires_in": nil])
        #expect(answer.bodyJSON?["expires_in"] == expected)
        visit.world.shiftClock(by: 1_800)
        #expect(visit.api("users", Pair(answer).access).errorWord == "invalid_token")
    }

    @Test func `status 201 and long tokens are switches`() {
        visit.world.update("acme") {
            $0.switches.successStatus = 201
            $0.switches.tokenStyle = .jwt
        }
        let answer = visit.exchange(visit.code())
        #expect(answer.status == 201)
        #expect(Pair(answer).access.count > 1_000)
        #expect(Pair(answer).access.split(separator: ".").count == 3)
        #expect(visit.api("users", Pair(answer).access).status == 200)
    }

    @Test func `names what it does not support`() {
        #expect(visit.exchange("x", ["grant_type": "password"]).errorWord == "unsupported_grant_type")
        #expect(visit.exchange("x", ["grant_type": nil]).errorWord == "invalid_request")
    }

    @Test func `client_credentials is for confidential local clients, and never refreshes`() {
        let fields: [String: JSONValue?] = [
            "grant_type": "client_credentials", "client_secret": .string(Visit.secret), "scope": "read",
        ]
        let global = visit.token(fields.merging(["client_id": "zdg-latchkey"]) { $1 })
        #expect(global.errorWord == "unauthorized_client")
        var fenced = visit
        fenced.organization = "fenced"
        let local = fenced.token(fields.merging(["client_id": "local-to-fenced"]) { $1 })
        #expect(local.status == 200)
        #expect(local.bodyJSON?["refresh_token"] == nil)
    }

    @Test func `a rotated client secret has no overlap`() {
        #expect(visit.world.rotateSecret(of: "zdg-latchkey", to: "the-next-secret"))
        let code = visit.code()
        #expect(visit.exchange(code).errorWord == "invalid_client")
        #expect(visit.exchange(code, ["client_secret": "the-next-secret"]).status == 200)
    }

    @Test func `a public client needs no secret and may not have one`() {
        let code = visit.code(["client_id": "zdg-public"])
        #expect(visit.exchange(code, ["client_id": "zdg-public"]).errorWord == "invalid_client")
        let answer = visit.exchange(code, ["client_id": "zdg-public", "client_secret": nil])
        #expect(answer.status == 200)
        let next = visit.refresh(Pair(answer).refresh, ["client_id": "zdg-public", "client_secret": nil])
        #expect(next.status == 200)
    }
}
