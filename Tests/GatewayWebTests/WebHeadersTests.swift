import GRDB
import GatewayCore
import Storage
import Testing

@testable import GatewayWeb
@testable import StorageSQLite

extension SQLiteStore {
    /// As if the disk were gone: what is read next is not there.
    fileprivate func breakEverything() async throws {
        try await write { database in
            for table in ["sessions", "api_keys", "health"] {
                try database.execute(sql: "ALTER TABLE \(table) RENAME TO gone_\(table)")
            }
        }
    }
}

/// What every answer carries, whatever it answers.
@Suite struct `Security headers` {
    /// Pages, redirects, refusals, API answers, assets: one of each kind.
    private func answers(_ site: Site) async throws -> [(String, WebAnswer)] {
        let browser = try await site.signedIn()
        let arrived = try await browser.connected(to: "acme")
        let connection = try #require(arrived["location"])
        let key = try await site.key()
        return [
            ("/", try await browser.get("/")), ("/integrations", try await browser.get("/integrations")),
            ("/integrations/zendesk", try await browser.get("/integrations/zendesk")),
            ("/connect", try await browser.get("/connect")), ("POST /connect", try await browser.connect("acme")),
            ("refused form", try await browser.connect("http://evil.example")), ("callback", arrived),
            ("bad callback", try await browser.get("/oauth/callback?state=x")),
            (connection, try await browser.get(connection)),
            ("diagnostics", try await browser.get(connection + "/diagnostics")),
            ("not signed in", try await site.browser().get("/integrations")),
            ("used link", try await site.browser().get("/sign-in/lki_x")),
            ("no such page", try await browser.get("/nowhere")),
            ("405", try await site.send("DELETE", "/connect")), ("TRACE", try await site.send("TRACE", "/")),
            ("form without token", try await browser.post("/connect", [])),
            ("API", try await site.call("GET", "/v1/connections", key: key)),
            ("API 401", try await site.call("GET", "/v1/connections", key: nil)),
            ("API 404", try await site.call("GET", "/v1/nothing", key: key)),
            ("health", try await site.send("GET", "/healthz")), ("ready", try await site.send("GET", "/readyz")),
            ("asset", try await site.send("GET", "/assets/latchkey.css")),
        ]
    }

    @Test func `WEB-02 WEB-05 WEB-06 WEB-09 WEB-10 WEB-20 WEB-26 every answer carries them, errors included`()
        async throws
    {
        let world = try await WebWorld()
        try await world.serve { site in
            for (name, answer) in try await answers(site) {
                #expect(answer["content-security-policy"]?.hasPrefix("default-src 'none'") == true, "\(name)")
                #expect(answer["content-security-policy"]?.contains("unsafe") == false, "\(name)")
                #expect(answer["content-security-policy"]?.contains("frame-ancestors 'none'") == true, "\(name)")
                #expect(answer["content-security-policy"]?.contains("base-uri 'none'") == true, "\(name)")
                #expect(answer["x-content-type-options"] == "nosniff", "\(name)")
                #expect(answer["referrer-policy"] == "no-referrer", "\(name)")
                #expect(answer["x-frame-options"] == "DENY", "\(name)")
                #expect(answer["cross-origin-opener-policy"] == "same-origin", "\(name)")
                #expect(answer["cross-origin-embedder-policy"] == "require-corp", "\(name)")
                #expect(answer["cross-origin-resource-policy"] == "same-origin", "\(name)")
                #expect(answer["permissions-policy"]?.contains("camera=()") == true, "\(name)")
                #expect(answer.fields.allSatisfy { !$0.name.hasPrefix("access-control-") }, "\(name)")
                #expect(answer["server"] == nil && answer["x-powered-by"] == nil, "WEB-11 \(name)")
                let hasBody = !answer.text.isEmpty
                #expect(
                    !hasBody || answer["content-type"]?.contains("; charset=utf-8") == true
                        || answer["content-type"]?.contains("json") == true, "\(name)")
            }
        }
    }

    @Test func `WEB-03 only the page with the connect form lets a form lead to the configured Zendesk domain`()
        async throws
    {
        let world = try await WebWorld()
        try await world.serve { site in
            for (name, answer) in try await answers(site) {
                let widened =
                    answer["content-security-policy"]?.contains(
                        "form-action 'self' http://*.zendesk.localhost:9443;") == true
                #expect(widened == (name == "/connect" || name == "refused form"), "\(name)")
                #expect(
                    widened || answer["content-security-policy"]?.contains("form-action 'self';") == true, "\(name)")
            }
        }
    }

    @Test func `WEB-07 strict transport security on https only`() async throws {
        try await WebWorld().serve { site in
            for (name, answer) in try await answers(site) {
                #expect(answer["strict-transport-security"] == nil, "\(name)")
            }
        }
        try await WebWorld(publicOrigin: "https://latchkey.example").serve { site in
            for (name, answer) in try await answers(site) {
                #expect(
                    answer["strict-transport-security"] == "max-age=63072000; includeSubDomains; preload", "\(name)")
            }
        }
    }

    @Test func `WEB-08 what reached the proxy without TLS is sent to https, and refused when it is an API call`()
        async throws
    {
        try await WebWorld(publicOrigin: "https://latchkey.example").serve { site in
            let page = try await site.send("GET", "/integrations?a=b", [("X-Forwarded-Proto", "http")])
            #expect(page.status == 308)
            #expect(page["location"] == "https://latchkey.example/integrations?a=b")
            let elsewhere = try await site.send("GET", "//evil.example/", [("X-Forwarded-Proto", "http")])
            #expect(elsewhere["location"] == "https://latchkey.example/")
            let call = try await site.send("GET", "/v1/connections", [("X-Forwarded-Proto", "http")])
            #expect(call.status == 403)
            #expect(call["location"] == nil)
        }
    }

    @Test func `WEB-25 nothing but the assets may be kept by a cache, and path suffixes change nothing`() async throws {
        try await WebWorld().serve { site in
            for (name, answer) in try await answers(site) where name != "asset" {
                #expect(answer["cache-control"] == "no-store", "\(name)")
                #expect(answer["vary"]?.contains("Cookie") == true, "\(name)")
            }
            let browser = try await site.signedIn()
            for path in ["/oauth/callback/x.css", "/integrations/x.css", "/connect/x.css", "/integrations.css"] {
                let answer = try await browser.get(path)
                #expect([404, 410].contains(answer.status), "\(path)")
                #expect(answer["cache-control"] == "no-store", "\(path)")
            }
        }
    }

    @Test func `an answer to HEAD has no body, errors included, so that the connection stays in step`() async throws {
        try await WebWorld().serve { site in
            for path in ["/integrations", "/connect", "/sign-in/lki_x", "/nowhere", "/assets/latchkey.css", "/healthz"]
            {
                let answer = try await site.send("HEAD", path)
                #expect(answer.text.isEmpty, "\(path)")
                #expect(try await site.send("GET", "/healthz").text == "ok\n", "\(path)")
            }
        }
    }

    @Test func `WEB-11 no debug route, no directory, no traversal`() async throws {
        try await WebWorld().serve { site in
            for path in [
                "/assets/", "/assets", "/assets/..%2fconnect.mustache", "/assets/%2e%2e/connect.mustache",
                "/templates/connect.mustache", "/debug", "/metrics/../", "/.git/config", "/server-status", "/admin",
            ] {
                let answer = try await site.send("GET", path)
                #expect(answer.status == 404, "\(path)")
                #expect(!answer.text.contains("{{"), "\(path)")
            }
            #expect(try await site.send("TRACE", "/integrations").status == 405)
        }
    }

    @Test func `WEB-29 what nobody expected shows one text and a reference number, and a program gets problem details`()
        async throws
    {
        let world = try await WebWorld()
        try await world.serve { site in
            let browser = try await site.signedIn()
            let key = try await site.key()
            try await world.store.breakEverything()
            let page = try await browser.get("/integrations")
            #expect(page.status == 503 || page.status == 500)
            #expect(page.text.contains("Reference number"))
            let call = try await site.call("GET", "/v1/connections", key: key)
            #expect(call["content-type"] == "application/problem+json")
            #expect((call.json?["request_id"] as? String)?.hasPrefix("req_") == true)
            for text in [page.text, call.text] {
                for word in ["SQLite", "GRDB", "swift", "Error Domain", "/work", "/home", "SELECT"] {
                    #expect(!text.contains(word), "\(word)")
                }
            }
            #expect(try await site.send("GET", "/readyz").status == 503)
            #expect(try await site.send("GET", "/healthz").status == 200)
        }
    }
}
