import HTTPTypes
import Testing

@testable import ZendeskEmulator

@Suite struct `Control interface` {
    let visit = Visit()

    private func control(_ method: String, _ path: String, _ body: JSONValue = .object([])) -> Answer {
        ControlInterface(visit.world).answer(
            EmulatedRequest(
                method, path, authority: "127.0.0.1:9444", headers: [.contentType: "application/json"],
                body: Array(body.rendered.utf8)))
    }

    @Test func `the state counts and logs, and never shows a secret`() throws {
        let pair = visit.connect()
        _ = visit.refresh(pair.refresh)
        let second = visit.refresh(pair.refresh)
        #expect(second.status == 400)
        let state = control("GET", "/state")
        let json = try #require(state.bodyJSON)
        #expect(json["counters"]?["doubleUses"]?.whole == 1)
        #expect(json["organizations"]?["acme"]?["live_tokens"]?.whole == 0)
        let requests = json["requests"]?.elements ?? []
        #expect(requests.last?["grant_type"]?.text == "refresh_token")
        #expect(requests.last?["organization"]?.text == "acme")
        #expect(requests.last?["status"]?.whole == 400)
        for secret in [pair.access, pair.refresh, Visit.secret] {
            #expect(!state.bodyText.contains(secret))
        }
    }

    @Test func `moves the clock`() {
        let pair = visit.connect()
        #expect(control("POST", "/clock", ["shift_seconds": 3_600]).status == 200)
        #expect(visit.api("users", pair.access).errorWord == "invalid_token")
    }

    @Test func `changes switches and people, all or nothing`() {
        let pair = visit.connect()
        let patch: JSONValue = [
            "plan": "team", "ip_restriction_enabled": true, "ip_ranges": "127.0.0.1",
            "people": ["ada@acme.example": ["role": "agent", "guide_role": "viewer"]],
        ]
        #expect(control("POST", "/organizations/acme", patch).status == 200)
        #expect(visit.api("users/me", pair.access).bodyJSON?["user"]?["role"]?.text == "agent")
        #expect(visit.api("security_settings", pair.access).status == 403)
        #expect(control("POST", "/organizations/acme", ["plan": "enterprise", "colour": "red"]).status == 422)
        #expect(visit.world.organization("acme")?.switches.plan == .team)
        #expect(control("POST", "/organizations/nobody", [:]).status == 422)
    }

    @Test func `every switch it reports it also accepts`() {
        var switches = OrganizationSwitches()
        for member in OrganizationSwitches().json.members ?? [] {
            let isAccepted = switches.set(member.name, to: member.value)
            #expect(isAccepted, "\(member.name)")
        }
        #expect(switches == OrganizationSwitches())
    }

    @Test func `rotates a client's secret and revokes tokens`() {
        let pair = visit.connect()
        #expect(control("POST", "/clients/zdg-latchkey/secret", ["secret": "next"]).bodyJSON == ["secret": "next"])
        #expect(visit.refresh(pair.refresh).errorWord == "invalid_client")
        #expect(control("POST", "/revoke", ["organization": "acme"]).bodyJSON == ["live_tokens": 0])
        #expect(visit.api("users", pair.access).errorWord == "invalid_token")
    }

    @Test func `a reset forgets everything`() {
        let pair = visit.connect()
        visit.world.update("acme") { $0.switches.plan = .team }
        visit.world.shiftClock(by: 10)
        visit.world.queue(Fault(.status, path: "/*"))
        #expect(control("POST", "/reset").status == 200)
        #expect(visit.api("users", pair.access).errorWord == "invalid_token")
        #expect(visit.world.organization("acme")?.switches.plan == .enterprise)
        #expect(visit.world.read(\.faults).isEmpty)
    }

    @Test func `hands out a token only when asked by a test`() {
        let grant = control("POST", "/test-only/grants", ["organization": "acme", "client_id": "zdg-latchkey"])
        #expect(visit.api("users", Pair(grant).access).status == 200)
        #expect(control("POST", "/test-only/tokens", ["organization": "acme"]).bodyJSON?.elements?.count == 1)
    }

    @Test func `refuses what it does not understand`() {
        #expect(control("POST", "/faults", ["kind": "earthquake", "path": "/"]).status == 422)
        #expect(control("POST", "/faults", ["kind": "delay", "path": "/", "colour": 1]).status == 422)
        #expect(control("GET", "/nothing").status == 404)
    }

    @Test func `a page in a browser cannot use it`() {
        let plain = ControlInterface(visit.world).answer(
            EmulatedRequest("POST", "/reset", authority: "127.0.0.1:1", headers: [.contentType: "text/plain"]))
        #expect(plain.status == 415)
        let rebound = ControlInterface(visit.world).answer(
            EmulatedRequest("GET", "/state", authority: "evil.example:9444"))
        #expect(rebound.status == 421)
    }

    @Test func `is unknown to the public world`() {
        #expect(visit.open("/state").status == 404)
        #expect(visit.submit("/reset", []).status == 404)
    }
}

@Suite struct `Faults` {
    let world = Visit().world

    private func request(
        _ target: String, method: String = "GET", at name: String = "acme"
    ) -> EmulatedRequest {
        EmulatedRequest(method, target, authority: "\(name).zendesk.localhost")
    }

    @Test func `fit by organization, method and path, as often as asked`() {
        world.queue(Fault(.status, path: "/api/v2/users.json", organization: "acme", method: "GET", times: 2))
        #expect(world.takeFault(for: request("/api/v2/users", at: "fenced")) == nil)
        #expect(world.takeFault(for: request("/api/v2/users", method: "POST")) == nil)
        #expect(world.takeFault(for: request("/api/v2/users/me")) == nil)
        #expect(world.takeFault(for: request("/api/v2/users?page=1")) != nil)
        #expect(world.takeFault(for: request("/api/v2/users.json")) != nil)
        #expect(world.takeFault(for: request("/api/v2/users")) == nil)
    }

    @Test func `a star fits whatever follows`() {
        world.queue(Fault(.html, path: "/api/*"))
        #expect(world.takeFault(for: request("/api/v2/users/me.json"))?.ownAnswer?.status == 502)
    }

    @Test func `malformed is half of the real answer, huge is more than anybody reads`() {
        let answer = Answer.json(["access_token": "abc"])
        #expect(Fault(.malformed, path: "/").spoil(answer)?.bodyJSON == nil)
        #expect((Fault(.huge, path: "/").spoil(answer)?.body.count ?? 0) > 60_000_000)
        #expect(Fault(.dropAfter, path: "/").spoil(answer) == nil)
    }

    @Test func `status carries body and headers of one's own`() {
        let fault = Fault(.status, path: "/", status: 429, body: "slow down", headers: [.retryAfter: "7"])
        #expect(fault.ownAnswer?.status == 429)
        #expect(fault.ownAnswer?.bodyText == "slow down")
        #expect(fault.ownAnswer?.headers[.retryAfter] == "7")
    }
}
