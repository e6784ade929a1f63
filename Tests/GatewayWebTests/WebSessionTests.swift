import GatewayCore
import Storage
import StorageSQLite
import TestSupport
import Testing

@testable import GatewayWeb

@Suite struct `Sessions and forms` {
    @Test
    func `WEB-12 WEB-13 on https the cookies have the prefix, Secure, HttpOnly, a path, no domain and their SameSite`()
        async throws
    {
        try await WebWorld(publicOrigin: "https://latchkey.example").serve { site in
            let entered = try await site.browser().get(try await site.signInLink())
            let session = try #require(entered.all("set-cookie").first)
            #expect(session.hasPrefix("__Host-latchkey-session=lks_"))
            #expect(session.contains("; Path=/; HttpOnly; Secure; SameSite=Strict"))
            #expect(!session.lowercased().contains("domain"))
            let browser = try await site.signedIn()
            let departure = try await browser.connect("acme")
            let transaction = try #require(departure.all("set-cookie").first)
            #expect(transaction.hasPrefix("__Host-latchkey-connect-"))
            #expect(transaction.contains("; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=600"))
            #expect(transaction.utf8.count < 4096)
        }
    }

    @Test func `WEB-12 on plain loopback the same without prefix and Secure`() async throws {
        try await WebWorld().serve { site in
            let entered = try await site.browser().get(try await site.signInLink())
            let session = try #require(entered.all("set-cookie").first)
            #expect(session.hasPrefix("latchkey-session=lks_"))
            #expect(session.contains("; Path=/; HttpOnly; SameSite=Strict"))
            #expect(!session.contains("Secure"))
        }
    }

    @Test func `a sign-in link works once, HEAD does not use it up, and a later visitor is told so`() async throws {
        try await WebWorld().serve { site in
            let link = try await site.signInLink()
            #expect(try await site.send("HEAD", link).status == 405)
            let entered = try await site.browser().get(link)
            #expect(entered.status == 303)
            #expect(entered["location"] == "/integrations")
            let late = try await site.browser().get(link)
            #expect(late.status == 410)
            #expect(late["set-cookie"] == nil)
            #expect(late.text.contains("latchkey sign-in-link"))
        }
    }

    @Test func `a sign-in link ends after ten minutes, a session after eight hours`() async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let link = try await site.signInLink()
            world.clock.advance(by: 601)
            #expect(try await site.browser().get(link).status == 410)
            let browser = try await site.signedIn()
            world.clock.advance(by: 8 * 3600 + 1)
            #expect(try await browser.get("/integrations").status == 401)
        }
    }

    @Test func `a navigation from another site carries no strict cookie, and is led on by one step of our own`()
        async throws
    {
        try await WebWorld().serve { site in
            let browser = try await site.signedIn()
            let arrived = try await browser.get("/integrations/zendesk", from: "cross-site")
            #expect(arrived.status == 200)
            #expect(arrived.text.contains("content=\"0; url=/integrations/zendesk\""))
            #expect(try await browser.get("/integrations/zendesk", from: "same-origin").text.contains("Sign out"))
            #expect(try await site.browser().get("/integrations/zendesk", from: "same-origin").status == 401)
        }
    }

    @Test(arguments: [
        "latchkey-session=lks_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA; latchkey-session=REAL",
        "latchkey-session=REAL; latchkey-session=lks_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "latchkey-session=REALx", "latchkey-session=\"REAL\"", "LATCHKEY-SESSION=REAL", "latchkey-session = REAL",
    ])
    func `WEB-14 a planted, doubled or odd cookie is nobody's session`(header: String) async throws {
        try await WebWorld().serve { site in
            let browser = try await site.signedIn()
            let real = try #require(browser.cookies["latchkey-session"])
            let cookie = header.replacing("REAL", with: real)
            let answer = try await site.send("GET", "/integrations", [("Cookie", cookie)])
            #expect(answer.status == 401, "\(header)")
        }
    }

    @Test func `WEB-14 a hundred cookies and a very long one do no harm`() async throws {
        try await WebWorld().serve { site in
            let browser = try await site.signedIn()
            let real = try #require(browser.cookies["latchkey-session"])
            let many = (0..<100).map { "c\($0)=\($0)" }.joined(separator: "; ") + "; latchkey-session=\(real)"
            #expect(try await site.send("GET", "/integrations", [("Cookie", many)]).status == 200)
            let long = "x=" + String(repeating: "y", count: 20_000) + "; latchkey-session=\(real)"
            #expect([401, 431].contains(try await site.send("GET", "/integrations", [("Cookie", long)]).status))
            #expect(try await browser.get("/integrations").status == 200)
        }
    }

    @Test func `WEB-15 OA-29 signing in and connecting each give a new session, and the one before is dead`()
        async throws
    {
        try await WebWorld().serve { site in
            let browser = try await site.signedIn()
            let first = try #require(browser.cookies["latchkey-session"])
            _ = try await browser.get(try await site.signInLink())
            let second = try #require(browser.cookies["latchkey-session"])
            #expect(
                try await site.send("GET", "/integrations", [("Cookie", "latchkey-session=\(first)")]).status == 401)
            let arrived = try await browser.connected(to: "acme")
            #expect(arrived.status == 303)
            let third = try #require(browser.cookies["latchkey-session"])
            #expect(Set([first, second, third]).count == 3)
            #expect(
                try await site.send("GET", "/integrations", [("Cookie", "latchkey-session=\(second)")]).status == 401)
            #expect(try await browser.get("/integrations").status == 200)
        }
    }

    @Test
    func `WEB-17 a form without its token, with a wrong, another's, another form's or a used one changes nothing`()
        async throws
    {
        let world = try await WebWorld()
        try await world.serve { site in
            let browser = try await site.signedIn()
            let other = try await site.signedIn()
            let others = try await other.get("/connect").hidden("form_token")
            let page = try await browser.get("/connect")
            let signOut = page.text.split(separator: "name=\"form_token\" value=\"")[1].prefix { $0 != "\"" }
            let mine = try #require(page.hidden("form_token"))
            let fields = [("organization_url", "acme"), ("permission_level", "read")]
            for token in [nil, "", "x", mine + "x", others, String(signOut), String(mine.dropLast())] {
                let answer = try await browser.post("/connect", fields + (token.map { [("form_token", $0)] } ?? []))
                #expect(answer.status == 403, "\(token ?? "none")")
                #expect(answer["location"] == nil)
            }
            let tenant = try #require(TenantID("default"))
            #expect(try await world.store.pendingAuthorizations(of: tenant).isEmpty)
            #expect(try await browser.post("/connect", fields + [("form_token", mine)]).status == 303)
            let again = try await browser.post("/connect", fields + [("form_token", mine)])
            #expect(again.status == 403 && again.text.contains("already sent"), "the first time it was taken")
            #expect(!again.text.contains("nothing was changed"))
            #expect(try await world.store.pendingAuthorizations(of: tenant).count == 1)
            let late = try #require(try await browser.get("/connect").hidden("form_token"))
            world.clock.advance(by: 2 * 3600 + 1)
            #expect(try await browser.post("/connect", fields + [("form_token", late)]).status == 403)
        }
    }

    @Test(arguments: [
        [("Sec-Fetch-Site", "cross-site"), ("Origin", "https://evil.example")],
        [("Sec-Fetch-Site", "same-site"), ("Origin", "http://sibling.localhost:8080")],
        [("Sec-Fetch-Site", "none")], [("Sec-Fetch-Site", "same-origin"), ("Origin", "https://evil.example")],
        [("Origin", "null")], [("Origin", "https://evil.example")], [("Origin", "http://localhost:8081")],
        [("Origin", "http://localhost:8080/")], [("Origin", "HTTP://LOCALHOST:8080")],
        [("Origin", "http://localhost:8080"), ("Origin", "https://evil.example")], [],
    ])
    func `WEB-18 OA-09 a form that another site sends changes nothing`(fields: [(String, String)]) async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let browser = try await site.signedIn()
            let token = try #require(try await browser.get("/connect").hidden("form_token"))
            let form = [("organization_url", "acme"), ("permission_level", "read"), ("form_token", token)]
            #expect(try await browser.post("/connect", form, fields).status == 403)
            #expect(try await world.store.pendingAuthorizations(of: .default).isEmpty)
            // The refusal came before the token was looked at, so the form is still good.
            #expect(try await browser.post("/connect", form, [("Origin", "http://localhost:8080")]).status == 303)
        }
    }

    @Test func `OA-09 a connect cannot be started by a GET`() async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let browser = try await site.signedIn()
            let answer = try await browser.get(
                "/connect?organization_url=acme&permission_level=read", from: "cross-site")
            #expect(answer["location"] == nil)
            #expect(try await world.store.pendingAuthorizations(of: .default).isEmpty)
        }
    }

    @Test func `WEB-28 signing out clears the browser and ends the session`() async throws {
        try await WebWorld().serve { site in
            let browser = try await site.signedIn()
            let session = try #require(browser.cookies["latchkey-session"])
            let page = try await browser.get("/integrations")
            let token = try #require(page.hidden("form_token"))
            let out = try await browser.post("/sign-out", [("form_token", token)])
            #expect(out.status == 200)
            #expect(out["clear-site-data"] == #""cache", "cookies", "storage""#)
            #expect(browser.cookies["latchkey-session"] == nil)
            let after = try await site.send("GET", "/integrations", [("Cookie", "latchkey-session=\(session)")])
            #expect(after.status == 401)
        }
    }

    @Test
    func `security alone is led to its own page and sees no connection, support sees every tenant and changes nothing`()
        async throws
    {
        try await WebWorld().serve { site in
            let admin = try await site.signedIn(tenant: "tenant-a", roles: [.connect])
            let path = try #require(try await admin.connected(to: "acme")["location"])
            let security = try await site.signedIn(tenant: "tenant-a", roles: [.security])
            for page in ["/integrations", "/integrations/zendesk"] {
                let answer = try await security.get(page)
                #expect(answer.status == 303 && answer["location"] == "/security")
            }
            #expect(try await security.get("/connect").status == 403)
            #expect(try await security.get(path).status == 404)
            let support = try await site.signedIn(tenant: "default", roles: [.support])
            let page = try await support.get(path)
            #expect(page.status == 200)
            #expect(!page.text.contains("id=\"disconnect\""))
            #expect(!page.text.contains("id=\"reconnect\""))
            #expect(try await support.get(path + "/diagnostics").status == 200)
            #expect(try await support.get("/connect").status == 403)
            let token = try #require(try await support.get(path + "/diagnostics").hidden("form_token"))
            let ended = try await support.post(path + "/disconnect", [("form_token", token), ("confirm", "yes")])
            #expect(ended.status == 403)
            #expect(try await admin.get(path).text.contains("id=\"disconnect\""))
        }
    }
}
