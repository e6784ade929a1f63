import HTTPTypes
import Testing

@testable import ZendeskEmulator

@Suite struct `Authorization` {
    let visit = Visit()

    private func page(_ changes: [String: String?] = [:], extra: String = "") -> Answer {
        visit.open("/oauth/authorizations/new?" + visit.authorizationQuery(changes) + extra)
    }

    @Test func `asks to sign in first, with everything filled in and a warning`() {
        let answer = page()
        #expect(answer.status == 200)
        #expect(
            answer.bodyText.contains("This is a stand-in for Zendesk, for local work. Do not type a real password."))
        #expect(answer.bodyText.contains("id=\"sign-in\""))
        #expect(answer.bodyText.contains("value=\"ada@acme.example\""))
        #expect(answer.bodyText.contains("gus@acme.example"))
    }

    @Test func `Allow sends code and the unchanged state to the redirect URI`() throws {
        let location = try #require(visit.decide("allow"))
        #expect(location.hasPrefix(Visit.redirectURI + "?code="))
        #expect(location.hasSuffix("&state=a%20state%2Fwith%2Bsigns"))
    }

    @Test(arguments: [
        (DeniedDescription.plus, "The+end-user+or+authorization+server+denied+the+request"),
        (.percent, "The%20end-user%20or%20authorization%20server%20denied%20the%20request"),
        (.fullStop, "The%20end-user%20or%20authorization%20server%20denied%20the%20request."),
    ])
    func `Deny sends access_denied in each of its spellings`(style: DeniedDescription, sentence: String) throws {
        visit.world.update("acme") { $0.switches.deniedDescription = style }
        let location = try #require(visit.decide("deny"))
        #expect(location.hasPrefix("\(Visit.redirectURI)?error=access_denied&error_description=\(sentence)&state="))
    }

    @Test func `appends to a query that the redirect URI already has`() throws {
        let query = visit.authorizationQuery(["redirect_uri": Visit.redirectURI + "?from=zendesk"])
        #expect(try #require(visit.decide("allow", query: query)).hasPrefix(Visit.redirectURI + "?from=zendesk&code="))
    }

    @Test(
        arguments: [
            (["client_id": "nobody"], "No such client"), (["client_id": nil], "No such client"),
            (["client_id": "local-to-fenced"], "No such client"),
            (["redirect_uri": Visit.redirectURI + "/"], "mismatch"), (["redirect_uri": nil], "missing"),
            (["redirect_uri": "https://evil.example/"], "mismatch"), (["response_type": "token"], "must be code"),
            (["code_challenge_method": "plain"], "must be S256"), (["code_challenge_method": nil], "must be S256"),
            (["code_challenge": "short"], "malformed"), (["scope": nil], "missing"),
            (["client_id": "zdg-public", "code_challenge": nil, "code_challenge_method": nil], "missing"),
        ] as [([String: String?], String)])
    func `shows a page and never redirects a request it cannot trust`(changes: [String: String?], reason: String) {
        let answer = page(changes)
        #expect(answer.status == 400)
        #expect(answer.headers[.location] == nil)
        #expect(answer.bodyText.contains("Invalid Authorization Request"))
        #expect(answer.bodyText.contains(reason))
    }

    @Test func `refuses a repeated parameter`() {
        #expect(page(extra: "&state=again").bodyText.contains("repeated"))
    }

    @Test(arguments: ["read impersonate", "read  write", "read read", "all"])
    func `refuses a scope outside the ceiling with invalid_scope`(scope: String) {
        let answer = page(["scope": scope])
        #expect(answer.status == 400)
        #expect(answer.bodyText.contains("invalid_scope"))
    }

    @Test func `before August 2026 an unknown scope gives a useless token`() {
        visit.world.update("acme") { $0.switches.allowedScopesMode = .before2026 }
        let pair = visit.connect(["scope": "everything"])
        #expect(visit.api("users", pair.access).status == 403)
    }

    @Test func `a wrong password stays on the sign-in page`() {
        let answer = visit.submit(
            "/access/login",
            [
                ("return_to", "/oauth/authorizations/new?x=1"), ("email", "ada@acme.example"), ("password", "x"),
            ])
        #expect(answer.status == 422)
        #expect(answer.headers[.setCookie] == nil)
    }

    @Test func `signing in leads nowhere but back to an authorization request`() {
        let answer = visit.submit(
            "/access/login",
            [("return_to", "https://evil.example/"), ("email", "ada@acme.example"), ("password", "password")])
        #expect(answer.status == 400)
    }

    @Test func `a decision without the form's own token is refused`() throws {
        let target = "/oauth/authorizations/new?" + visit.authorizationQuery()
        let cookie = try #require(visit.signIn("ada@acme.example", returnTo: target))
        let fields =
            [("decision", "allow")]
            + (Parameters(encoded: visit.authorizationQuery())?.pairs ?? [])
            .map { ($0.name, $0.value) }
        #expect(visit.submit("/oauth/authorizations", fields, cookie: cookie).status == 403)
    }

    @Test func `a session of one organization is unknown at another`() throws {
        let target = "/oauth/authorizations/new?" + visit.authorizationQuery()
        let cookie = try #require(visit.signIn("ada@acme.example", returnTo: target))
        var other = visit
        other.organization = "fenced"
        #expect(visit.open(target, cookie: cookie).bodyText.contains("id=\"allow\""))
        #expect(other.open(target, cookie: cookie).bodyText.contains("id=\"sign-in\""))
    }

    @Test func `the consent page names client and scopes, and its form may lead out of here`() throws {
        let target = "/oauth/authorizations/new?" + visit.authorizationQuery()
        let cookie = try #require(visit.signIn("ada@acme.example", returnTo: target))
        let answer = visit.open(target, cookie: cookie)
        #expect(answer.bodyText.contains("zdg-latchkey"))
        #expect(answer.bodyText.contains("Read everything you can read"))
        #expect(answer.bodyText.contains("id=\"deny\""))
        let policy = answer.headers[.contentSecurityPolicy] ?? ""
        #expect(policy.hasPrefix("default-src 'none'"))
        #expect(policy.hasSuffix("form-action 'self' http: https:"))
    }

    @Test func `what a stranger types is escaped`() throws {
        let target = "/oauth/authorizations/new?" + visit.authorizationQuery(["state": "\"><script>alert(1)</script>"])
        let cookie = try #require(visit.signIn("ada@acme.example", returnTo: target))
        #expect(!visit.open(target, cookie: cookie).bodyText.contains("<script>"))
    }

    @Test func `POST is an authorization request as well`() {
        let fields = (Parameters(encoded: visit.authorizationQuery())?.pairs ?? []).map { ($0.name, $0.value) }
        #expect(visit.submit("/oauth/authorizations/new", fields).bodyText.contains("id=\"sign-in\""))
    }
}
