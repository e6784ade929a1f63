import HTTPTypes
import Testing

@testable import ZendeskEmulator

@Suite struct `REST API` {
    let visit = Visit()

    @Test func `users/me without credentials is nobody, with status 200; everything else is 401`() {
        let me = visit.api("users/me.json")
        #expect(me.status == 200)
        #expect(me.bodyJSON?["user"]?["id"] == .null)
        let users = visit.api("users")
        #expect(users.status == 401)
        #expect(users.bodyJSON == ["error": "Couldn't authenticate you"])
        #expect(visit.api("locales/public.json").status == 200)
    }

    @Test func `a dead token is 401 invalid_token everywhere`() {
        for path in ["users/me", "users", "locales/public", "nothing"] {
            #expect(visit.api(path, "garbage").errorWord == "invalid_token")
        }
    }

    @Test func `a token of another organization is dead here`() {
        let pair = visit.connect()
        var other = visit
        other.organization = "fenced"
        #expect(other.api("users/me", pair.access).errorWord == "invalid_token")
    }

    @Test func `a small scope is refused with the words that would do`() {
        let pair = visit.connect(["scope": "tickets:read"])
        let answer = visit.api("brands", pair.access)
        #expect(answer.status == 403)
        #expect(answer.bodyJSON?["error"]?.text == "Forbidden")
        #expect(
            answer.bodyJSON?["description"]?.text
                == "You are missing the following required scopes: brands:read, read")
        #expect(visit.api("users/me", pair.access).status == 403)
        #expect(visit.api("oauth/tokens/current", pair.access).status == 200)
    }

    @Test func `write does not read`() {
        #expect(visit.api("users", visit.connect(["scope": "write"]).access).status == 403)
    }

    @Test func `a narrow scope opens its own endpoints`() {
        let pair = visit.connect(["scope": "users:read"])
        #expect(visit.api("users", pair.access).status == 200)
        #expect(visit.api("account/settings", pair.access).status == 403)
    }

    @Test func `unknown records and unknown endpoints are told apart`() {
        let pair = visit.connect()
        #expect(visit.api("users/1", pair.access).errorWord == "RecordNotFound")
        #expect(visit.api("nothing/here", pair.access).errorWord == "InvalidEndpoint")
        visit.world.update("acme") { $0.switches.missingEndpoints = ["security_settings"] }
        #expect(visit.api("security_settings", pair.access).errorWord == "InvalidEndpoint")
    }

    @Test func `every answer carries the rate limit, an identifier, the version and the world's date`() {
        let answer = visit.api("users/me")
        #expect(answer.headers[.init("x-rate-limit")!] == "700")
        #expect(answer.headers[.init("x-rate-limit-remaining")!] == "699")
        #expect(answer.headers[.init("ratelimit-reset")!] != nil)
        #expect(answer.headers[.init("x-request-id")!] != nil)
        #expect(answer.headers[.init("x-zendesk-api-version")!] == "v2")
        #expect(answer.headers[.date] == "Mon, 21 Sep 2026 14:13:20 GMT")
    }

    @Test func `past the limit it is 429 with Retry-After, until the next minute`() {
        visit.world.update("acme") { $0.switches.rateLimit = 2 }
        _ = visit.api("users/me")
        _ = visit.api("users/me")
        let answer = visit.api("users/me")
        #expect(answer.status == 429)
        #expect(answer.bodyText == "Number of allowed API requests per minute exceeded")
        #expect(answer.headers[.retryAfter] == "40")
        visit.world.shiftClock(by: 40)
        #expect(visit.api("users/me").status == 200)
    }

    @Test func `an unknown parameter is ignored and named`() {
        let answer = visit.api("users?colour=red&page[size]=1", visit.connect().access)
        #expect(answer.status == 200)
        #expect(answer.headers[.init("x-zendesk-api-warn")!]?.contains("\"colour\"") == true)
    }

    @Test func `cursor pages end by has_more, never by a missing link`() throws {
        let pair = visit.connect()
        var seen: [Int64] = []
        var path = "users.json?page[size]=3"
        for _ in 0..<5 {
            let page = try #require(visit.api(path, pair.access).bodyJSON)
            seen += (page["users"]?.elements ?? []).compactMap { $0["id"]?.whole }
            let next = try #require(page["links"]?["next"]?.text)
            #expect(page["count"] == nil)
            #expect(page["links"]?["prev"]?.text != nil)
            guard page["meta"]?["has_more"]?.truth == true else { break }
            path = String(next.split(separator: "/api/v2/")[1])
        }
        #expect(seen.count == 4)
        #expect(Set(seen).count == 4)
    }

    @Test func `offset pages count, and end at 10,000 records`() {
        let pair = visit.connect()
        let page = visit.api("users?per_page=3&page=2", pair.access).bodyJSON
        #expect(page?["users"]?.elements?.count == 1)
        #expect(page?["count"]?.whole == 4)
        #expect(page?["next_page"] == .null)
        #expect(page?["previous_page"]?.text != nil)
        let deep = visit.api("users?page=101", pair.access)
        #expect(deep.status == 400)
        #expect(deep.bodyJSON?["errors"]?.elements?[0]["code"]?.text == "InvalidPaginationDepth")
    }

    @Test(arguments: ["page[size]=101", "page[size]=x", "page[after]=x", "page[size]=1&sort=name"])
    func `a bad cursor, size or order is refused`(query: String) {
        let answer = visit.api("users?" + query, visit.connect().access)
        #expect(answer.status == 400)
        #expect(answer.bodyJSON?["errors"]?.elements?[0]["code"]?.text == "InvalidPaginationParameter")
    }

    @Test func `people are filtered by role`() {
        let answer = visit.api("users?role[]=agent&role[]=admin&page[size]=100", visit.connect().access)
        #expect(answer.bodyJSON?["users"]?.elements?.count == 3)
    }

    @Test func `custom roles refuse cursors and contain the system roles`() {
        let pair = visit.connect()
        #expect(visit.api("custom_roles?page[size]=1", pair.access).status == 400)
        let types = visit.api("custom_roles.json", pair.access).bodyJSON?["custom_roles"]?.elements?
            .compactMap { $0["role_type"]?.whole }
        #expect(types == [4, 1, 3, 5, 0])
    }

    @Test func `audit logs are for Enterprise and can be filtered`() {
        let pair = visit.connect()
        let logins = visit.api("audit_logs?filter[action]=login&page[size]=2", pair.access).bodyJSON?["audit_logs"]
        #expect(logins?.elements?.count == 2)
        #expect(logins?.elements?[0]["actor_name"]?.text == "Ada Admin")
        #expect(visit.api("audit_logs?filter[action]=destroy", pair.access).bodyJSON?["count"]?.whole == 0)
        visit.world.update("acme") { $0.switches.plan = .professional }
        #expect(visit.api("audit_logs", pair.access).status == 403)
        #expect(visit.api("users", pair.access).headers[.init("x-rate-limit")!] == "400")
    }

    @Test func `the current token shows ten characters and its end`() throws {
        let pair = visit.connect()
        let token = try #require(visit.api("oauth/tokens/current.json", pair.access).bodyJSON?["token"])
        #expect(token["token"]?.text == String(pair.access.prefix(10)))
        #expect(token["expires_at"]?.text == "2026-09-21T15:13:20Z")
        #expect(token["scopes"] == ["read", "write"])
        let id = try #require(token["id"]?.whole)
        #expect(visit.api("oauth/tokens/\(id)", pair.access).status == 200)
        #expect(visit.api("oauth/tokens", pair.access).bodyJSON?["tokens"]?.elements?.count == 1)
    }

    @Test func `deleting by id ends the token; deleting current may have no effect`() throws {
        visit.world.update("acme") { $0.switches.currentDeleteHasNoEffect = true }
        let pair = visit.connect()
        #expect(visit.api("oauth/tokens/current", pair.access, method: "DELETE").status == 204)
        #expect(visit.api("users", pair.access).status == 200)
        let id = try #require(visit.world.liveTokens("acme").first?.id)
        #expect(visit.api("oauth/tokens/\(id)", pair.access, method: "DELETE").status == 204)
        #expect(visit.api("users", pair.access).errorWord == "invalid_token")
        #expect(visit.refresh(pair.refresh).errorWord == "invalid_grant")
    }

    @Test func `deleting a token needs write, unless switched`() {
        let pair = visit.connect(["scope": "read"])
        #expect(visit.api("oauth/tokens/current", pair.access, method: "DELETE").status == 403)
        visit.world.update("acme") { $0.switches.tokenDeleteNeedsWrite = false }
        #expect(visit.api("oauth/tokens/current", pair.access, method: "DELETE").status == 204)
    }

    @Test func `an agent does not see somebody else's token`() throws {
        _ = visit.connect()
        let admin = try #require(visit.world.liveTokens("acme").first?.id)
        let agent = visit.connect(email: "gus@acme.example")
        #expect(visit.api("oauth/tokens/\(admin)", agent.access).errorWord == "RecordNotFound")
    }

    @Test func `without a help center its paths are a page, not JSON`() {
        visit.world.update("acme") { $0.switches.helpCenter = .absent }
        let pair = visit.connect()
        let answer = visit.api("help_center/user_segments.json", pair.access)
        #expect(answer.status == 404)
        #expect(answer.bodyJSON == nil)
        #expect(answer.bodyText.contains("The page you were looking for doesn't exist"))
        let brands = visit.api("brands", pair.access).bodyJSON?["brands"]?.elements
        #expect(brands?.allSatisfy { $0["has_help_center"]?.truth == false } == true)
    }
}
