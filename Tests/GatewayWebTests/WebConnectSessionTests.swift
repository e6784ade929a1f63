import Foundation
import GatewayCore
import Storage
import StorageSQLite
import TestSupport
import Testing

@testable import GatewayWeb

@Suite struct `Connect sessions` {
    private static func opened(_ site: Site, _ body: String) async throws -> (Browser, WebAnswer) {
        let made = try await site.call("POST", "/v1/connect-sessions", key: try await site.key(), body: body)
        #expect(made.status == 201, "\(made.text)")
        let address = try #require(made.json?["url"] as? String)
        let browser = site.browser()
        let entered = try await browser.get(String(address.dropFirst(site.origin.count)), from: "cross-site")
        return (browser, entered)
    }

    @Test func `a product's link leads its holder through a connect and back to the product, and shows nothing else`()
        async throws
    {
        let world = try await WebWorld(returnOrigins: ["https://app.example"])
        try await world.serve { site in
            _ = try await site.signedIn(tenant: "customer").connected(to: "agentville")
            let (browser, entered) = try await Self.opened(
                site, #"{"tenant":"customer","return_url":"https://app.example/done?x=1","organization_url":"acme"}"#)
            #expect(entered.status == 303 && entered["location"] == "/connect")
            let form = try await browser.get("/connect", from: "same-origin")
            #expect(form.text.contains("http://acme.zendesk.localhost:9443"))
            #expect(!form.text.contains("inputmode=\"url\""))
            let arrived = try await browser.connected(to: "evil-elsewhere")
            let location = try #require(arrived["location"])
            #expect(location.hasPrefix("https://app.example/done?x=1&connection_id=con_"))
            #expect(location.hasSuffix("&status=connected"))
            let id = String(try #require(location.split(separator: "connection_id=").last).prefix(30))
            #expect(try await browser.get("/connections/\(id)").status == 200)
            let others = try await world.store.liveConnection(
                tenant: try #require(TenantID("customer")), subdomain: "agentville")
            #expect(try await browser.get("/connections/\(try #require(others).id)").status == 404)
            #expect(try await browser.get("/integrations")["location"] == "/connections/\(id)")
            #expect(try await browser.get("/integrations/zendesk")["location"] == "/connections/\(id)")
        }
    }

    @Test func `a failed preflight tells the product so`() async throws {
        try await WebWorld(returnOrigins: ["https://app.example"]).serve { site in
            let (browser, _) = try await Self.opened(
                site, #"{"tenant":"customer","return_url":"https://app.example/done"}"#)
            let location = try #require(try await browser.connected(to: "agentville")["location"])
            #expect(location.hasPrefix("https://app.example/done?connection_id="))
            #expect(location.hasSuffix("&status=needs_attention"))
        }
    }

    @Test func `the levels that the product offers are the only ones`() async throws {
        try await WebWorld().serve { site in
            let (browser, _) = try await Self.opened(site, #"{"tenant":"customer","permission_levels":["read"]}"#)
            let form = try await browser.get("/connect", from: "same-origin")
            #expect(!form.text.contains("read_and_act"))
            #expect(try await browser.connect("acme", level: "read_and_act").status == 400)
            #expect(try await browser.connect("acme", level: "read").status == 303)
        }
    }

    @Test func `a link works once and for thirty minutes`() async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let key = try await site.key()
            for wait in [0.0, 1801] {
                let made = try await site.call(
                    "POST", "/v1/connect-sessions", key: key, body: #"{"tenant":"customer"}"#)
                let path = String(try #require(made.json?["url"] as? String).dropFirst(site.origin.count))
                world.clock.advance(by: wait)
                if wait == 0 { #expect(try await site.browser().get(path).status == 303) }
                let late = try await site.browser().get(path)
                #expect(late.status == 410)
                #expect(late.text.contains("30 minutes"))
            }
        }
    }

    @Test(arguments: [
        "https://evil.example/", "https://app.example.evil.example/", "https://app.example@evil.example/",
        "https://app.example:444/", "http://app.example/", "//app.example/", "/integrations",
        "https://app.example\\evil",
        "https://app.example/#x", "https://APP.example/", "javascript:alert(1)", "https://app.example/\u{9}x",
        "https://app.exampleevil/", "https://app.example/ x", "", "https://app.example/\r\nSet-Cookie: x=y",
        "https://app.example/\u{0}", "https://app.example/\nLocation: https://evil.example",
    ])
    func `WEB-23 WEB-24 a return address outside the allowed origins is refused`(address: String) async throws {
        try await WebWorld(returnOrigins: ["https://app.example"]).serve { site in
            let body = try JSONSerialization.data(withJSONObject: ["tenant": "customer", "return_url": address])
            let answer = try await site.call(
                "POST", "/v1/connect-sessions", key: try await site.key(), body: String(decoding: body, as: UTF8.self))
            #expect(answer.status == 422, "\(address)")
            #expect(answer.json?["code"] as? String == "return_url.not_allowed")
        }
    }

    @Test func `WEB-23 the collections of hostile redirect addresses never pass`() throws {
        for text in PagesPlace.naughtyStrings {
            let passed = ReturnURL(text, origins: ["https://app.example"])
            #expect(passed == nil || text.hasPrefix("https://app.example"), "\(text)")
        }
    }
}
