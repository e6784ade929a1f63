import Foundation
import GatewayCore
import Storage
import StorageSQLite
import TestSupport
import Testing
import ZendeskEmulator

@testable import GatewayWeb

@Suite struct `The way back from Zendesk` {
    private static func tokenCalls(_ world: WebWorld) -> Int {
        world.zendesk.read { state in state.log.entries.filter { $0.path.hasPrefix("/oauth/tokens") }.count }
    }

    @Test
    func
        `OA-16 OA-28 WEB-16 an answer in a browser that did not begin is refused without a call, and a fresh start offered`()
        async throws
    {
        let world = try await WebWorld()
        try await world.serve { site in
            let attacker = try await site.signedIn(tenant: "attacker")
            let victim = try await site.signedIn(tenant: "victim")
            let back = try attacker.allow(try await attacker.connect("acme"))
            for browser in [victim, site.browser()] {
                let answer = try await browser.get(back, from: "cross-site")
                #expect(answer.status == 403)
                #expect(answer.text.contains("Another browser began this") && answer.text.contains("Start again"))
            }
            #expect(Self.tokenCalls(world) == 0)
            let theirs = try await world.store.liveConnection(
                tenant: try #require(TenantID("victim")), subdomain: "acme")
            #expect(theirs == nil)
            // Nobody was harmed: the browser that began may still come back.
            #expect(try await attacker.get(back, from: "cross-site").status == 303)
        }
    }

    @Test func `OA-17 OA-45 WEB-27 a callback is good once; going back or replaying it does nothing`() async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let browser = try await site.signedIn()
            let departure = try await browser.connect("acme")
            let kept = browser.cookies
            let back = try browser.allow(departure)
            #expect(try await browser.get(back, from: "cross-site").status == 303)
            let before = try await world.store.liveConnection(tenant: .default, subdomain: "acme")
            let calls = Self.tokenCalls(world)
            #expect(try await browser.get(back, from: "none").status == 403)
            for (name, value) in kept where name.contains("connect") { browser.plant(name, value) }
            let replay = try await browser.get(back, from: "none")
            #expect(replay.status == 400)
            #expect(replay.text.contains("Look at Integrations first"))
            #expect(Self.tokenCalls(world) == calls)
            #expect(try await world.store.liveConnection(tenant: .default, subdomain: "acme") == before)
        }
    }

    @Test func `OA-23 an unknown state and one of another browser take the same way: no look-up, one page, one entry`()
        async throws
    {
        let world = try await WebWorld()
        try await world.serve { site in
            let other = try await site.signedIn()
            let theirs = try other.allow(try await other.connect("acme"))
            let unknown = "/oauth/callback?code=abc&state=" + String(repeating: "A", count: 43)
            let browser = try await site.signedIn()
            var ends: [(page: WebAnswer, entry: String)] = []
            for address in [theirs, unknown] {
                let page = try await browser.get(address, from: "cross-site")
                let last = try #require(try await world.store.auditEntries(after: 0, limit: 1000).last).event
                ends.append((page, "\(last.action) \(last.outcome) \(last.subject ?? "")"))
            }
            #expect(ends[0].page.text == ends[1].page.text && ends[0].page.status == ends[1].page.status)
            #expect(ends[0].entry == ends[1].entry)
            #expect(try await other.get(theirs, from: "cross-site").status == 303, "nothing was used up")
        }
    }

    @Test func `OA-25 a hundred times the same callback at once: one token request, one connection`() async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let browser = try await site.signedIn()
            let back = try browser.allow(try await browser.connect("acme"))
            let cookie = browser.cookies.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")
            let places = try await withThrowingTaskGroup(of: String?.self) { group in
                for _ in 0..<100 {
                    group.addTask { try await site.send("GET", back, [("Cookie", cookie)])["location"] }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(places.count { $0?.hasPrefix("/connections/con_") == true } == 1)
            #expect(places.count { $0?.hasPrefix("/oauth/refused/") == true } == 99)
            #expect(world.zendesk.read { $0.log.entries.filter { $0.method == "POST" }.count } == 1)
        }
    }

    @Test(arguments: ["POST", "PUT", "HEAD", "OPTIONS", "DELETE", "PATCH"])
    func `OA-26 OA-27 only GET is taken, and nothing else uses the state up`(method: String) async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let browser = try await site.signedIn()
            let back = try browser.allow(try await browser.connect("acme"))
            let cookie = browser.cookies.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")
            let answer = try await site.send(method, back, [("Cookie", cookie)])
            #expect(answer.status == 405)
            #expect(answer["allow"] == "GET")
            let query = String(back.drop { $0 != "?" }.dropFirst())
            let posted = try await site.send("POST", "/oauth/callback", [("Cookie", cookie)], body: Array(query.utf8))
            #expect(posted.status == 405)
            #expect(Self.tokenCalls(world) == 0)
            #expect(try await browser.get(back, from: "cross-site").status == 303)
        }
    }

    @Test func `a callback inside a frame, an image or a script is nobody coming back`() async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let browser = try await site.signedIn()
            let back = try browser.allow(try await browser.connect("acme"))
            for destination in ["iframe", "image", "script", "empty"] {
                let cookie = browser.cookies.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")
                let answer = try await site.send(
                    "GET", back, [("Cookie", cookie), ("Sec-Fetch-Dest", destination)])
                #expect(answer.status == 403, "\(destination)")
            }
            #expect(try await browser.get(back, from: "cross-site").status == 303)
        }
    }

    @Test func `OA-10 OA-18 an answer after ten minutes is refused without a call`() async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let browser = try await site.signedIn()
            let back = try browser.allow(try await browser.connect("acme"))
            world.clock.advance(by: 601)
            #expect(try await browser.get(back, from: "cross-site").status == 400)
            #expect(Self.tokenCalls(world) == 0)
        }
    }

    @Test func `OA-24 two tabs, two organizations, answers in the other order: each ends at its own`() async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let browser = try await site.signedIn()
            let first = try browser.allow(try await browser.connect("acme"))
            let second = try browser.allow(try await browser.connect("agentville"))
            let there = try #require(try await browser.get(second, from: "cross-site")["location"])
            let here = try await browser.get(first, from: "cross-site")
            // The second answer gave the session a new name; the first tab's connect began under the old one.
            #expect([303, 403].contains(here.status))
            #expect(try await browser.get(there).text.contains("agentville"))
            for host in ["acme", "agentville"] {
                let strangers = world.zendesk.read { state in
                    state.log.entries.filter { $0.path.hasPrefix("/oauth/tokens") && $0.organization == host }.count
                }
                #expect(strangers <= 3, "\(host)")
            }
        }
    }

    @Test func `OA-37 beginning for one tenant and ending in a session of another is refused without a call`()
        async throws
    {
        let world = try await WebWorld()
        try await world.serve { site in
            let browser = try await site.signedIn(tenant: "tenant-a")
            let back = try browser.allow(try await browser.connect("acme"))
            _ = try await browser.get(try await site.signInLink(tenant: "tenant-b"))
            #expect(try await browser.get(back, from: "cross-site").status == 403)
            #expect(try await browser.get(back, from: "same-origin").status == 403)
            #expect(Self.tokenCalls(world) == 0)
        }
    }

    @Test func `OA-37 signed out in between: the code is not redeemed`() async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let browser = try await site.signedIn()
            let back = try browser.allow(try await browser.connect("acme"))
            let kept = browser.cookies
            let token = try #require(try await browser.get("/integrations").hidden("form_token"))
            _ = try await browser.post("/sign-out", [("form_token", token)])
            for (name, value) in kept where name.contains("connect") { browser.plant(name, value) }
            #expect(try await browser.get(back, from: "cross-site").status == 403)
            #expect(Self.tokenCalls(world) == 0)
        }
    }

    @Test(arguments: [
        "", "state=", "code=x", "state=%zz&code=x", "state[]=x&code=y", "STATE=x&code=y", "state=a&state=b&code=c",
        "state=a&code=b&error=access_denied", "state=%00&code=x",
    ])
    func `OA-13 OA-14 OA-19 to OA-22 OA-40 to OA-44 an odd answer ends at a page and makes no call`(query: String)
        async throws
    {
        let world = try await WebWorld()
        try await world.serve { site in
            let browser = try await site.signedIn()
            let answer = try await browser.get("/oauth/callback?\(query)", from: "cross-site")
            #expect([400, 403].contains(answer.status), "\(query): \(answer.status)")
            #expect(answer.text.contains("<h1>"))
            #expect(Self.tokenCalls(world) == 0)
        }
    }

    @Test func `OA-51 denied at Zendesk: a plain sentence, and the connect is over`() async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let browser = try await site.signedIn()
            let departure = try await browser.connect("acme")
            let state = try Self.state(departure)
            let denied = "/oauth/callback?error=access_denied&error_description=The+user+denied&state=\(state)"
            let answer = try await browser.get(denied, from: "cross-site")
            #expect(answer.text.contains("Zendesk was not connected") && answer.text.contains("Start again"))
            #expect(Self.tokenCalls(world) == 0)
            #expect(try await browser.get(denied, from: "cross-site").status == 400)
            let events = try await world.store.auditEntries(after: 0, limit: 200).map(\.event)
            #expect(events.contains { $0.action == .authorizationRefused })
        }
    }

    @Test(arguments: [
        "<script>alert(1)</script>", "\u{1B}[31mred", "a\r\nSet-Cookie: x=y", "\u{202E}gnirts", "javascript:alert(1)",
        "\" onload=\"alert(1)", "{{frame.title}}", "' or 1=1 --", String(repeating: "A", count: 3000),
    ])
    func `OA-52 OA-53 OA-54 OA-56 WEB-21 nothing an answer says is shown, followed or logged`(hostile: String)
        async throws
    {
        let world = try await WebWorld()
        try await world.serve { site in
            let browser = try await site.signedIn()
            let departure = try await browser.connect("acme")
            let text = hostile.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
            let state = try Self.state(departure)
            for known in [state, "unknownunknownunknown"] {
                let answer = try await browser.get(
                    "/oauth/callback?error=\(text)&error_description=\(text)&error_uri=\(text)&state=\(known)",
                    from: "cross-site")
                #expect([400, 403].contains(answer.status))
                #expect(!answer.text.contains(hostile))
                #expect(answer["set-cookie"]?.contains("x=y") != true)
            }
            #expect(!world.log.text.contains(hostile))
            #expect(Self.tokenCalls(world) == 0)
        }
    }

    @Test func `OA-47 the callback leads away with a 303 to an address without code and state`() async throws {
        try await WebWorld().serve { site in
            let browser = try await site.signedIn()
            let arrived = try await browser.connected(to: "acme")
            #expect(arrived.status == 303)
            #expect(arrived["referrer-policy"] == "no-referrer")
            let location = try #require(arrived["location"])
            #expect(!location.contains("code") && !location.contains("state") && !location.contains("?"))
            #expect(arrived.text.isEmpty)
        }
    }

    @Test func `WEB-27 a refused callback leads away too, to a page of its own that is there for ten minutes`()
        async throws
    {
        let world = try await WebWorld()
        try await world.serve { site in
            let browser = try await site.signedIn()
            let back = try browser.allow(try await browser.connect("acme"))
            let refused = try await site.send("GET", back)
            #expect(refused.status == 303 && refused.text.isEmpty)
            let place = try #require(refused["location"])
            #expect(place.wholeMatch(of: /\/oauth\/refused\/req_[0-9a-z]+/) != nil)
            let page = try await site.send("GET", place)
            #expect(page.status == 403 && page.text.contains("Another browser began this"))
            world.clock.advance(by: 601)
            let late = try await site.send("GET", place)
            #expect(late.status == 400 && late.text.contains("This answer is not expected"))
            #expect(try await site.send("GET", "/oauth/refused/x").status == 400)
        }
    }

    @Test
    func
        `OA-48 OA-03 OA-12 OA-103 OA-104 WEB-30 no code, state, cookie, link, key, token or secret in any log line or page`()
        async throws
    {
        let world = try await WebWorld()
        try await world.serve { site in
            let link = try await site.signInLink()
            let browser = site.browser()
            var pages = [try await browser.get(link)]
            let departure = try await browser.connect("acme", level: "read_and_act")
            let back = try browser.allow(departure)
            var secrets = [link, WebWorld.clientSecret, try Self.state(departure)]
            secrets += browser.cookies.values
            pages.append(try await browser.get(back, from: "cross-site"))
            secrets.append(String(try #require(back.split(separator: "code=").last).prefix { $0 != "&" }))
            secrets += browser.cookies.values
            let key = try await site.key()
            secrets.append(key)
            let path = try #require(pages.last?["location"])
            for page in ["/integrations", "/integrations/zendesk", "/connect", path, path + "/diagnostics", back] {
                pages.append(try await browser.get(page))
            }
            pages.append(try await site.call("GET", "/v1/connections", key: key))
            pages.append(try await site.call("GET", "/v1/audit", key: key))
            let tokens = world.zendesk.read { state in
                state.organizations.values.flatMap { organization in
                    organization.tokens.records.values.flatMap { [$0.accessToken, $0.refreshToken].compactMap { $0 } }
                }
            }
            secrets += tokens
            #expect(secrets.count >= 9 && tokens.count >= 2)
            // Cookies and redirects carry secrets of the browser's own, and never one of the grant.
            let fields = pages.flatMap(\.fields).map(\.value) + browser.cookies.map { "\($0.key)=\($0.value)" }
            for token in tokens + [WebWorld.clientSecret] {
                #expect(!fields.contains { $0.contains(token) }, "a cookie or a redirect has a token")
            }
            let headers = pages.flatMap { page in
                page.fields.filter { $0.name != "set-cookie" && $0.name != "location" }.map(\.value)
            }
            let seen = ([world.log.text] + pages.map(\.text) + headers).joined(separator: "\n")
            #expect(world.log.count > 10)
            for secret in secrets where !secret.isEmpty {
                #expect(!seen.contains(secret), "found something that begins \(secret.prefix(4))")
            }
        }
    }

    private static func state(_ departure: WebAnswer) throws -> String {
        let location = try #require(departure["location"])
        return String(try #require(location.split(separator: "state=").last).prefix { $0 != "&" })
    }
}
