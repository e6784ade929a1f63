import HTTPTypes
import Testing

@testable import ZendeskEmulator

@Suite struct `Seeded organizations` {
    private func visit(_ organization: String) -> Visit {
        var visit = Visit()
        visit.organization = organization
        return visit
    }

    @Test func `acme: an admin with Guide, no IP restriction, audit logs`() throws {
        let visit = visit("acme")
        let pair = visit.connect()
        let me = try #require(visit.api("users/me.json", pair.access).bodyJSON?["user"])
        #expect(me["role"]?.text == "admin")
        #expect(me["suspended"]?.truth == false)
        let id = try #require(me["id"]?.whole)
        let guide = visit.api("users/\(id)/entitlements/full", pair.access).bodyJSON?["entitlements"]?["guide"]
        #expect(guide == ["name": "admin", "is_active": true])
        #expect(visit.api("help_center/user_segments.json?page[size]=1", pair.access).status == 200)
        let ip = visit.api("security_settings", pair.access).bodyJSON?["security_settings"]?["ip"]
        #expect(ip?["ip_restriction_enabled"]?.truth == false)
        #expect(visit.api("audit_logs?page[size]=1", pair.access).status == 200)
    }

    @Test func `agentville: an agent, and the bodies that follow`() {
        let visit = visit("agentville")
        let pair = visit.connect()
        #expect(visit.api("users/me", pair.access).bodyJSON?["user"]?["role"]?.text == "agent")
        for path in ["security_settings", "audit_logs", "help_center/user_segments", "oauth/tokens"] {
            let answer = visit.api(path, pair.access)
            #expect(answer.status == 403)
            #expect(answer.bodyJSON?["error"]?["title"]?.text == "Forbidden")
        }
        #expect(visit.api("users", pair.access).status == 200)
    }

    @Test func `noguide: the admin's Guide box is not marked`() throws {
        let visit = visit("noguide")
        let pair = visit.connect()
        let id = try #require(visit.api("users/me", pair.access).bodyJSON?["user"]?["id"]?.whole)
        let guide = visit.api("users/\(id)/entitlements/full", pair.access).bodyJSON?["entitlements"]?["guide"]
        #expect(guide?["is_active"]?.truth == false)
        #expect(visit.api("help_center/user_segments.json", pair.access).status == 403)
    }

    @Test func `fenced: restricted, with us inside; outside nothing works`() {
        let visit = visit("fenced")
        let pair = visit.connect()
        let ip = visit.api("security_settings", pair.access).bodyJSON?["security_settings"]?["ip"]
        #expect(ip?["ip_restriction_enabled"]?.truth == true)
        #expect(ip?["ip_ranges"]?.text?.contains("127.0.0.0/8") == true)
        visit.world.update("fenced") { $0.switches.ipRanges = "203.0.113.0/24" }
        #expect(visit.api("users/me", pair.access).status == 403)
        #expect(visit.refresh(pair.refresh).status == 403)
    }

    @Test func `suspended: the person can sign in here, and the body says suspended`() {
        let visit = visit("suspended")
        #expect(visit.decide("allow") != nil)
        let pair = visit.connect()
        #expect(visit.api("users/me", pair.access).bodyJSON?["user"]?["suspended"]?.truth == true)
    }

    @Test func `elsewhere a suspended person cannot sign in, and tokens die`() {
        let visit = visit("acme")
        let pair = visit.connect()
        visit.world.update("acme") { $0.people[0].isSuspended = true }
        #expect(visit.decide("allow") == nil)
        #expect(visit.api("users/me", pair.access).errorWord == "invalid_token")
        visit.world.update("acme") { $0.switches.suspendedPerson = .forbidden }
        #expect(visit.api("users/me", pair.access).status == 403)
        #expect(visit.refresh(pair.refresh).errorWord == "invalid_grant")
    }

    @Test func `unpaid: everything is sent to the page about closed help centers`() {
        let visit = visit("unpaid")
        let closed = "http://www.zendesk.localhost:9443/app/help-center-closed"
        for answer in [visit.open("/"), visit.api("users/me"), visit.token(["grant_type": "refresh_token"])] {
            #expect(answer.status == 301)
            #expect(answer.headers[.location] == closed)
        }
    }

    @Test func `unknown: JSON for calls, a redirect for browsers`() {
        let visit = visit("nobody")
        let call = visit.api("users/me")
        #expect(call.status == 404)
        #expect(call.bodyJSON?["error"]?["title"]?.text == "No help desk at nobody.zendesk.localhost")
        #expect(visit.token(["grant_type": "refresh_token"]).status == 404)
        #expect(visit.open("/").status == 301)
        #expect(visit.open("/oauth/authorizations/new").status == 301)
    }

    @Test func `the closed page says what it stands for`() {
        let answer = visit("www").open("/app/help-center-closed")
        #expect(answer.status == 200)
        #expect(answer.bodyText.contains("stands for www.zendesk.com"))
    }

    @Test(arguments: ["zendesk.localhost", "a.b.zendesk.localhost", "acme.zendesk.localhost.evil.example", ""])
    func `no other host is served`(authority: String) {
        let world = Visit().world
        #expect(world.answer(EmulatedRequest("GET", "/", authority: authority)).status == 421)
    }

    @Test func `a brand's host serves the API with the main address in its links, and nothing else`() {
        let visit = visit("acme")
        let pair = visit.connect()
        var brand = visit
        brand.organization = "acme-eu"
        let me = brand.api("users/me", pair.access).bodyJSON?["user"]
        #expect(me?["url"]?.text?.hasPrefix("http://acme.zendesk.localhost:9443/") == true)
        #expect(brand.open("/oauth/authorizations/new").status == 301)
        #expect(brand.api("help_center/user_segments.json", pair.access).status == 404)
        visit.world.update("acme") { $0.brands[1].isActive = false }
        #expect(brand.api("users/me", pair.access).status == 404)
    }
}
