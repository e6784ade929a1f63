import Foundation
import GatewayCore
import Storage
import StorageSQLite
import TestSupport
import Testing
import ZendeskEmulator

@testable import GatewayWeb

@Suite struct `Connecting in the browser` {
    @Test func `the whole way: form, Zendesk, callback, a connected page with nothing secret in its address`()
        async throws
    {
        let world = try await WebWorld()
        try await world.serve { site in
            let browser = try await site.signedIn()
            #expect(try await browser.get("/integrations").text.contains("Not connected"))
            let departure = try await browser.connect("  https://ACME.zendesk.localhost:9443/agent/tickets/1 ")
            #expect(departure.status == 303)
            #expect(
                departure["location"]?.hasPrefix("http://acme.zendesk.localhost:9443/oauth/authorizations/new?") == true
            )
            #expect(try await browser.get("/integrations/zendesk").text.contains("Waiting for Zendesk"))
            let arrived = try await browser.get(try browser.allow(departure), from: "cross-site")
            #expect(arrived.status == 303)
            let path = try #require(arrived["location"])
            #expect(path.wholeMatch(of: /\/connections\/con_[0-9a-z]{26}/) != nil)
            let page = try await browser.get(path)
            #expect(page.text.contains("Connected. Waiting for first sync."))
            #expect(page.text.contains("Ada"))
            #expect(try await browser.get("/integrations").text.contains("1 connected"))
            let list = try await browser.get("/integrations/zendesk").text
            #expect(list.contains("acme") && !list.contains("Waiting for Zendesk"))
            let connection = try #require(
                try await world.store.liveConnection(tenant: .default, subdomain: "acme"))
            #expect(connection.status == .active && connection.sync.state == .notStarted)
        }
    }

    @Test(arguments: [
        ("agentville", "support_role.admin"), ("noguide", "guide_role.admin"), ("fenced", "ip_restrictions.off"),
    ])
    func `an organization that is not ready stays visible with what to mend, and becomes green without a new sign-in`(
        name: String, code: String
    ) async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let browser = try await site.signedIn()
            let path = try #require(try await browser.connected(to: name)["location"])
            let page = try await browser.get(path)
            #expect(page.text.contains("Needs attention"))
            #expect(page.text.contains("http://\(name).zendesk.localhost:9443/admin/"))
            #expect(page.text.contains("id=\"run-checks\""))
            let diagnostics = try await browser.get(path + "/diagnostics")
            #expect(diagnostics.text.contains("Not ready") && diagnostics.text.contains(code))
            let before = try #require(try await world.store.liveConnection(tenant: .default, subdomain: name))
            #expect(before.sync.state == .waitingForPreflight && before.preflight?.verdict == .fail)

            world.zendesk.change { state in
                state.organizations[name]?.switches.ipRestrictionEnabled = false
                for index in state.organizations[name]?.people.indices ?? 0..<0 {
                    state.organizations[name]?.people[index].role = .admin
                    state.organizations[name]?.people[index].guideRole = .admin
                }
            }
            let token = try #require(page.hidden("form_token"))
            let run = try await browser.post(
                path + "/diagnostics", [("form_token", token), ("shown_on", "connection")])
            #expect(run.status == 303 && run["location"] == path)
            let mended = try await browser.get(path)
            #expect(mended.text.contains("Connected. Waiting for first sync."), "\(name)")
            let after = try #require(try await world.store.liveConnection(tenant: .default, subdomain: name))
            #expect(after.sync.state == .notStarted && after.generation == before.generation)
        }
    }

    @Test(arguments: [
        ("https://help.acme.com", "Error:"), ("", "No address was entered."), ("acme.zendesk.com", "set up for"),
        ("javascript:alert(1)", "Error:"), ("https://acme.zendesk.localhost:9443@evil.example/", "Error:"),
        ("acme/../evil?x=#", "Error:"), ("a&scope=write", "Error:"), ("www", "Zendesk itself"),
    ])
    func `OA-07 WEB-43 a refused address comes back with the sentence beside the field and loses nothing`(
        typed: String, sentence: String
    ) async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let browser = try await site.signedIn()
            let answer = try await browser.connect(typed, level: "read_and_act")
            if typed == "acme/../evil?x=#" { return }
            #expect(answer.status == 422, "\(typed)")
            #expect(answer.text.contains(sentence), "\(typed)")
            #expect(answer.text.contains("role=\"alert\""))
            #expect(
                answer.text.contains(
                    "value=\"read_and_act\" aria-describedby=\"permission_level-read_and_act-hint\" checked"))
            #expect(try await world.store.pendingAuthorizations(of: .default).isEmpty)
            let again = try #require(answer.hidden("form_token"))
            let fixed = try await browser.post(
                "/connect", [("organization_url", "acme"), ("permission_level", "read"), ("form_token", again)])
            #expect(fixed.status == 303)
        }
    }

    @Test(arguments: ["write", "READ", "read write", "read%20write", "admin", "", "read_and_act "])
    func `OA-06 an unknown permission level is a 400 without a redirect, and a scope field is not looked at`(
        level: String
    ) async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let browser = try await site.signedIn()
            let answer = try await browser.connect("acme", level: level)
            #expect(answer.status == 400, "\(level)")
            #expect(answer["location"] == nil)
            let token = try #require(try await browser.get("/connect").hidden("form_token"))
            let polluted = try await browser.post(
                "/connect",
                [
                    ("organization_url", "acme"), ("permission_level", "read"), ("form_token", token),
                    ("scope", "read write impersonate"), ("tenant", "other"), ("status", "active"), ("id", "con_x"),
                ])
            #expect(polluted.status == 303)
            #expect(polluted["location"]?.contains("scope=read&") == true)
            #expect(try await world.store.pendingAuthorizations(of: .default).count == 1, "WEB-39")
        }
    }

    @Test func `no permission level chosen is a slip, and the form says so`() async throws {
        try await WebWorld().serve { site in
            let answer = try await site.signedIn().connect("acme", level: nil)
            #expect(answer.status == 422)
            #expect(answer.text.contains("No permission level was chosen."))
            #expect(answer.text.contains("value=\"acme\""))
        }
    }

    @Test func `OA-05 forged host headers change neither redirect URI nor any address`() async throws {
        try await WebWorld().serve { site in
            let browser = try await site.signedIn()
            let token = try #require(try await browser.get("/connect").hidden("form_token"))
            let answer = try await browser.post(
                "/connect", [("organization_url", "acme"), ("permission_level", "read"), ("form_token", token)],
                [
                    ("Sec-Fetch-Site", "same-origin"), ("X-Forwarded-Host", "evil.example"),
                    ("Forwarded", "host=evil.example;proto=https"), ("X-Forwarded-Port", "1"), ("Host", "evil.example"),
                ])
            #expect(
                answer["location"]?.contains("redirect_uri=http%3A%2F%2Flocalhost%3A8080%2Foauth%2Fcallback&") == true)
            #expect(answer["location"]?.contains("evil") == false)
        }
    }

    @Test func `a connect that never came back is shown as such, with a way to start again`() async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let browser = try await site.signedIn()
            _ = try await browser.connect("acme")
            world.clock.advance(by: 601)
            let page = try await browser.get("/integrations/zendesk")
            #expect(page.text.contains("Nothing came back"))
            #expect(page.text.contains("href=\"/connect\""))
        }
    }

    @Test func `OA-11 one session has five connects under way at most, and the newest survive`() async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let browser = try await site.signedIn()
            let first = try await browser.connect("acme")
            for _ in 0..<5 { _ = try await browser.connect("agentville") }
            let last = try await browser.connect("acme")
            #expect(try await world.store.pendingAuthorizations(of: .default).count == 5)
            #expect(try await browser.get(try browser.allow(first), from: "cross-site").status == 400)
            #expect(try await browser.get(try browser.allow(last), from: "cross-site").status == 303)
        }
    }

    @Test func `reconnecting keeps the connection's id, and its history`() async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let browser = try await site.signedIn()
            let path = try #require(try await browser.connected(to: "acme")["location"])
            let id = path.replacing("/connections/", with: "")
            let form = try await browser.get("/connect?connection=\(id)")
            #expect(form.text.contains("Reconnect Zendesk") && form.hidden("connection") == id)
            let again = try await browser.connected(to: "", level: "read_and_act", at: "/connect?connection=\(id)")
            #expect(again["location"] == path)
            let known = try #require(ConnectionID(id))
            let connection = try #require(try await world.store.connection(known))
            #expect(connection.generation == 2 && connection.permissionLevel == .readAndAct)
        }
    }

    @Test func `disconnecting asks for the box, says what Zendesk confirmed, and gives the session a new name`()
        async throws
    {
        let world = try await WebWorld()
        try await world.serve { site in
            let browser = try await site.signedIn()
            let path = try #require(try await browser.connected(to: "acme", level: "read_and_act")["location"])
            let token = try #require(try await browser.get(path).hidden("form_token"))
            let unsure = try await browser.post(path + "/disconnect", [("form_token", token)])
            #expect(unsure.status == 422)
            #expect(unsure.text.contains("Mark the box"))
            let again = try #require(unsure.hidden("form_token"))
            let session = browser.cookies["latchkey-session"]
            let done = try await browser.post(path + "/disconnect", [("form_token", again), ("confirm", "yes")])
            #expect(done.status == 303 && done["location"] == path)
            #expect(done["clear-site-data"] == #""cache", "storage""#, "WEB-28")
            #expect(browser.cookies["latchkey-session"] != session, "WEB-28")
            let page = try await browser.get(path)
            #expect(page.text.contains("Disconnected") && page.text.contains("Zendesk refuses the token now."))
            #expect(page.text.contains("Connect again") && page.text.contains("Nothing is synced any more."))
            #expect(try await world.store.credential(of: try #require(ConnectionID(String(path.suffix(30))))) == nil)
            #expect(try await browser.connected(to: "acme")["location"] != path, "disconnected is final")
        }
    }

    @Test func `a level that may not revoke at Zendesk is told honestly`() async throws {
        try await WebWorld().serve { site in
            let browser = try await site.signedIn()
            let path = try #require(try await browser.connected(to: "acme", level: "read")["location"])
            let token = try #require(try await browser.get(path).hidden("form_token"))
            _ = try await browser.post(path + "/disconnect", [("form_token", token), ("confirm", "yes")])
            #expect(try await browser.get(path).text.contains("did not confirm"))
        }
    }

    @Test func `WEB-40 another tenant's connection, a strange id and none at all look the same`() async throws {
        try await WebWorld().serve { site in
            let path = try #require(
                try await site.signedIn(tenant: "tenant-a").connected(to: "acme")["location"])
            let stranger = try await site.signedIn(tenant: "tenant-b")
            let paths = [path, "/connections/con_aaaaaaaaaaaaaaaaaaaaaaaaaa", "/connections/1", "/connections/x'--"]
            for path in paths {
                for page in [path, path + "/diagnostics"] {
                    let answer = try await stranger.get(page)
                    #expect(answer.status == 404, "\(page)")
                    #expect(answer.text == (try await stranger.get("/connections/none").text), "\(page)")
                }
            }
            #expect(try await stranger.get("/connect?connection=\(path.suffix(30))").status == 404)
            #expect(!(try await stranger.get("/integrations/zendesk").text.contains("acme")))
        }
    }

    @Test(arguments: [
        "organization_url=acme&organization_url=evil&permission_level=read",
        "permission_level=read&permission_level=read_and_act",
        "organization%5Furl=acme&organization_url=acme", "organization_url=%zz", "organization_url=%ff", "a=%",
    ])
    func `WEB-38 a field that comes twice or is broken is a 400`(body: String) async throws {
        try await WebWorld().serve { site in
            let browser = try await site.signedIn()
            let token = try #require(try await browser.get("/connect").hidden("form_token"))
            let answer = try await browser.exchange(
                "POST", "/connect",
                [("Sec-Fetch-Site", "same-origin"), ("Content-Type", "application/x-www-form-urlencoded")],
                body: Array("form_token=\(token)&\(body)".utf8))
            #expect(answer.status == 400, "\(body)")
        }
    }

    @Test func `WEB-19 WEB-37 another media type, a compressed or an oversized body is refused by kind`() async throws {
        try await WebWorld().serve { site in
            let browser = try await site.signedIn()
            let own = ("Sec-Fetch-Site", "same-origin")
            for type in ["text/plain", "multipart/form-data; boundary=x", "application/json", ""] {
                let answer = try await browser.exchange(
                    "POST", "/connect", [own, ("Content-Type", type)], body: Array("a=b".utf8))
                #expect(answer.status == 415, "\(type)")
            }
            let form = ("Content-Type", "application/x-www-form-urlencoded")
            let packed = try await browser.exchange(
                "POST", "/connect", [own, form, ("Content-Encoding", "gzip")], body: Array("a=b".utf8))
            #expect(packed.status == 415)
            let large = try await browser.exchange(
                "POST", "/connect", [own, form], body: [UInt8](repeating: UInt8(ascii: "a"), count: 65 * 1024))
            #expect(large.status == 413)
            #expect(try await browser.get("/integrations").status == 200)
        }
    }
}
