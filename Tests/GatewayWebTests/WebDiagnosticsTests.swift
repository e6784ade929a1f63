import Foundation
import Gateway
import GatewayCore
import Preflight
import Storage
import StorageSQLite
import Testing

@testable import GatewayWeb

@Suite struct `Pages of diagnostics` {
    /// A signed-in browser and the path of a connection.
    private func connected(
        _ site: Site, to organization: String = "noguide", roles: Set<ConsoleRole> = [.connect]
    ) async throws -> (Browser, String) {
        let browser = try await site.signedIn(roles: roles)
        let arrived = try await browser.connected(to: organization)
        return (browser, try #require(arrived["location"]))
    }

    private func mend(_ site: Site) {
        site.world.zendesk.update("noguide") { $0.people[0].guideRole = .admin }
        site.world.clock.advance(by: 1)
    }

    private func token(_ browser: Browser, _ path: String) async throws -> String {
        try #require(try await browser.get(path, from: "same-origin").hidden("form_token"))
    }

    @Test func `the page says at a glance what failed, what to do step by step, and where`() async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let (browser, path) = try await connected(site)
            let page = try await browser.get(path + "/diagnostics", from: "same-origin").text
            for words in [
                "Not ready", "1 check failed", "The Guide box of the person who connected is not marked",
                "<li>Open Admin Center, People, Team, Team members, and the person who connected.</li>",
                "/admin/people/team/members", "id=\"check-guide_role.admin\"", "href=\"#check-guide_role.admin\"",
                "guide_active", "Check only this", "Ada Admin",
            ] {
                #expect(page.contains(words), "\(words)")
            }
            // Every check stands there, in order.
            let places = try CheckCode.allCases.map {
                try #require(page.range(of: "id=\"check-\($0.rawValue)\"")).lowerBound
            }
            #expect(places == places.sorted())
        }
    }

    @Test func `one check can be run alone, and the page says which findings are older`() async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let (browser, path) = try await connected(site)
            mend(site)
            let answer = try await browser.post(
                path + "/diagnostics",
                [("form_token", try await token(browser, path + "/diagnostics")), ("only", "guide_role.admin")])
            #expect(answer.status == 303 && answer["location"] == path + "/diagnostics")
            let page = try await browser.get(path + "/diagnostics", from: "same-origin").text
            #expect(page.contains("Every check passed") && page.contains("not in the last run"))
            #expect(page.contains("One check ended otherwise"))
            let odd = try await browser.post(
                path + "/diagnostics",
                [("form_token", try await token(browser, path + "/diagnostics")), ("only", "nothing")])
            #expect(odd.status == 400)
        }
    }

    @Test func `for the script findings come line by line, and at last the page to go to`() async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let (browser, path) = try await connected(site)
            mend(site)
            let form = [("form_token", try await token(browser, path + "/diagnostics"))]
            let answer = try await browser.post(
                path + "/diagnostics", form,
                [("Sec-Fetch-Site", "same-origin"), ("Origin", "null"), ("Accept", "application/x-ndjson")])
            #expect(answer.status == 200 && answer["content-type"]?.hasPrefix("application/x-ndjson") == true)
            let lines = try answer.text.split(separator: "\n").map {
                try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
            }
            #expect((lines.first?["begins"] as? [String])?.count == CheckCode.allCases.count)
            let codes = lines.compactMap { $0["code"] as? String }
            #expect(codes.count == CheckCode.allCases.count && Set(codes).count == codes.count)
            let report = try #require(
                try await site.world.web.diagnostics.latest(of: try #require(ConnectionID(String(path.dropFirst(13))))))
            #expect(lines.last?["page"] as? String == "\(path)/diagnostics?run=\(report.id)#verdict")
            #expect(report.verdict == "pass")
            // The same token opens nothing twice, whoever asks.
            let again = try await browser.post(
                path + "/diagnostics", form,
                [("Sec-Fetch-Site", "same-origin"), ("Origin", "null"), ("Accept", "application/x-ndjson")])
            #expect(again.status == 403)
        }
    }

    @Test func `only the pages of diagnostics allow a script, and only our own`() async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let (browser, path) = try await connected(site)
            let page = try await browser.get(path + "/diagnostics", from: "same-origin")
            #expect(page["content-security-policy"]?.contains("script-src 'self'; connect-src 'self'") == true)
            #expect(page["content-security-policy"]?.contains("unsafe") == false)
            for other in [path, "/integrations", "/diagnostics"] {
                let answer = try await browser.get(other, from: "same-origin")
                #expect(answer["content-security-policy"]?.contains("script-src") == false, "\(other)")
            }
            let script = try await site.send("GET", "/assets/diagnostics.js")
            #expect(script.status == 200 && script["content-type"] == "text/javascript; charset=utf-8")
            #expect(!script.text.contains("innerHTML") && !script.text.contains("eval("))
        }
    }

    @Test func `the copies for a ticket hold the findings and no secret`() async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let (browser, path) = try await connected(site)
            let text = try await browser.get(path + "/diagnostics.txt", from: "same-origin")
            #expect(text.status == 200 && text["content-type"] == "text/plain; charset=utf-8")
            #expect(text["content-disposition"]?.hasPrefix("attachment; filename=\"latchkey-noguide-pf_") == true)
            #expect(text.text.contains("[fail] guide_role.admin") && text.text.contains("    1. Open Admin Center"))
            let json = try await browser.get(path + "/diagnostics.json", from: "same-origin")
            #expect(json.json?["verdict"] as? String == "fail")
            let tokens = site.world.zendesk.liveTokens("noguide").map(\.accessToken)
            #expect(!tokens.isEmpty)
            for answer in [text.text, json.text] {
                #expect(!answer.contains(WebWorld.clientSecret) && !answer.contains("Bearer"))
                #expect(tokens.allSatisfy { !answer.contains($0) })
                #expect(!answer.contains("ada@") && !answer.contains("Ada"), "nothing about the person either")
            }
            let stranger = try await site.browser().get(path + "/diagnostics.txt")
            #expect(stranger.status == 401)
            let other = try await site.signedIn(tenant: "other").get(path + "/diagnostics.json")
            #expect(other.status == 404)
        }
    }

    @Test func `the history shows what changed with each run`() async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let (browser, path) = try await connected(site)
            mend(site)
            _ = try await browser.post(
                path + "/diagnostics", [("form_token", try await token(browser, path + "/diagnostics"))])
            let page = try await browser.get(path + "/diagnostics", from: "same-origin").text
            #expect(page.contains("Changed since the run before") && page.contains("Guide role is Admin: passed"))
        }
    }

    // Links

    private func madeLink(_ browser: Browser, _ path: String) async throws -> String {
        let page = try await browser.post(
            path + "/diagnostics/links", [("form_token", try await token(browser, path + "/diagnostics"))])
        #expect(page.status == 200)
        let shown = try #require(page.text.firstRange(of: "id=\"new-link\">")).upperBound
        let url = String(page.text[shown...].prefix { $0 != "<" })
        #expect(url.hasPrefix(browser.site.origin + "/diagnose/lkd_"))
        return String(url.dropFirst(browser.site.origin.count))
    }

    @Test func `whoever has a link sees the findings and runs the checks, without a sign-in, and nothing else`()
        async throws
    {
        let world = try await WebWorld()
        try await world.serve { site in
            let (engineer, path) = try await connected(site, roles: [.connect, .support])
            let link = try await madeLink(engineer, path)
            let admin = site.browser()
            let opened = try await admin.get(link, from: "cross-site")
            #expect(opened.status == 303 && opened["location"] == "/diagnose")
            #expect(opened["set-cookie"]?.contains("HttpOnly; SameSite=Strict; Max-Age=86400") == true)
            let page = try await admin.get("/diagnose", from: "same-origin")
            #expect(page.status == 200 && page.text.contains("The Guide box of the person who connected is not marked"))
            for hidden in ["con_", "Integrations", "Sign out", "ada@", "History", "diagnostics/links", "Tenant"] {
                #expect(!page.text.contains(hidden), "\(hidden)")
            }
            for closed in [path, path + "/diagnostics", path + "/diagnostics.txt", "/integrations", "/diagnostics"] {
                #expect(try await admin.get(closed, from: "same-origin").status == 401, "\(closed)")
            }
            mend(site)
            let run = try await admin.post("/diagnose", [("form_token", try #require(page.hidden("form_token")))])
            #expect(run.status == 303 && run["location"] == "/diagnose")
            #expect(try await admin.get("/diagnose", from: "same-origin").text.contains("Every check passed"))
            let actors = try await site.world.store.auditEntries(after: 0, limit: 1_000).map(\.event)
                .filter { $0.action == .preflightRun }.map(\.actor.kind)
            #expect(actors.last == .diagnosticsLink)
        }
    }

    @Test func `a link that was taken back shows nothing any more, at once`() async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let (engineer, path) = try await connected(site)
            let link = try await madeLink(engineer, path)
            let admin = site.browser()
            _ = try await admin.get(link)
            let page = try await admin.get("/diagnose", from: "same-origin")
            let shown = try await engineer.get(path + "/diagnostics", from: "same-origin")
            let revoked = try await engineer.post(
                path + "/diagnostics/links/revoke",
                [
                    ("form_token", try #require(shown.hidden("form_token"))),
                    ("link", try #require(shown.hidden("link"))),
                ])
            #expect(revoked.status == 303)
            #expect(try await admin.get("/diagnose", from: "same-origin").status == 410)
            #expect(try await admin.get(link).status == 410)
            let run = try await admin.post("/diagnose", [("form_token", try #require(page.hidden("form_token")))])
            #expect(run.status == 410)
            let actions = try await site.world.store.auditEntries(after: 0, limit: 1_000).map(\.event.action)
            #expect(
                actions.filter { $0.rawValue.hasPrefix("diagnostics_link") }
                    == [.diagnosticsLinkCreated, .diagnosticsLinkOpened, .diagnosticsLinkRevoked])
        }
    }

    @Test(arguments: ["/diagnose/lkd_x", "/diagnose/lks_" + String(repeating: "a", count: 43), "/diagnose"])
    func `no link, an unknown one and one of another kind are not told apart`(path: String) async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let answer = try await site.browser().get(path)
            #expect(answer.status == 410 && answer.text.contains("works for 24 hours"))
        }
    }

    @Test func `who came through a connect session's link makes no links, and a form from elsewhere runs nothing`()
        async throws
    {
        let world = try await WebWorld()
        try await world.serve { site in
            let (engineer, path) = try await connected(site)
            let link = try await madeLink(engineer, path)
            let admin = site.browser()
            _ = try await admin.get(link)
            let token = try #require(try await admin.get("/diagnose", from: "same-origin").hidden("form_token"))
            let cross = try await admin.post("/diagnose", [("form_token", token)], [("Sec-Fetch-Site", "cross-site")])
            #expect(cross.status == 403)
            let forged = try await admin.post("/diagnose", [("form_token", "x.1.y")])
            #expect(forged.status == 403)
            // A form of one page is not a form of the other.
            let mixed = try await engineer.post("/diagnose", [("form_token", token)])
            #expect(mixed.status == 410)
        }
    }

    @Test func `runs through a link are limited by the link, whoever uses it`() async throws {
        let world = try await WebWorld(limitsRates: true)
        try await world.serve { site in
            let (engineer, path) = try await connected(site)
            let link = try await madeLink(engineer, path)
            let browsers = [site.browser(), site.browser()]
            for browser in browsers { _ = try await browser.get(link) }
            var statuses: [Int] = []
            for number in 0..<21 {
                let browser = browsers[number % 2]
                let token = try #require(try await browser.get("/diagnose", from: "same-origin").hidden("form_token"))
                statuses.append(
                    try await browser.post(
                        "/diagnose", [("form_token", token), ("only", "host.resolves")]
                    ).status)
            }
            #expect(statuses == [Int](repeating: 303, count: 20) + [429])
        }
    }

    // Cold

    private func coldCheck(_ browser: Browser, _ typed: String) async throws -> WebAnswer {
        let token = try await token(browser, "/diagnostics")
        return try await browser.post("/diagnostics", [("form_token", token), ("organization_url", typed)])
    }

    @Test(arguments: [Set<ConsoleRole>([.connect]), [.support]])
    func `an organization can be checked before anybody signs in to it, by support and by who may connect`(
        roles: Set<ConsoleRole>
    ) async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let browser = try await site.signedIn(roles: roles)
            let good = try await coldCheck(browser, "acme")
            #expect(good.status == 200 && good.text.contains("Can be connected"))
            #expect(good.text.contains("href=\"/connect\"") == roles.contains(.connect))
            let nobody = try await coldCheck(browser, "nobody-here")
            #expect(nobody.text.contains("There is no Zendesk account at this address"))
            let closed = try await coldCheck(browser, "unpaid")
            #expect(closed.text.contains("closed or suspended"))
            let refused = try await coldCheck(browser, "http://127.0.0.1/")
            #expect(refused.status == 422 && refused.text.contains("aria-invalid=\"true\""))
        }
    }

    @Test func `security alone may not, and nobody without a sign-in`() async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            #expect(try await site.signedIn(roles: [.security]).get("/diagnostics", from: "same-origin").status == 403)
            #expect(try await site.browser().get("/diagnostics").status == 401)
            #expect(try await site.browser().post("/diagnostics", [("organization_url", "acme")]).status == 401)
        }
    }

    @Test("URL-40 OA-105: cold checks are limited for each caller and for each target, with the time to wait")
    func coldLimits() async throws {
        let world = try await WebWorld(limitsRates: true)
        try await world.serve { site in
            let (one, two) = (try await site.signedIn(), try await site.signedIn())
            var statuses: [Int] = []
            for _ in 0..<11 { statuses.append(try await coldCheck(one, "acme").status) }
            #expect(statuses == [Int](repeating: 200, count: 10) + [429], "the target")
            let other = try await coldCheck(two, "acme")
            #expect(other.status == 429 && other["retry-after"] != nil, "the target, whoever asks")
            #expect(try await coldCheck(two, "noguide").status == 200)
            statuses = []
            for number in 0..<12 { statuses.append(try await coldCheck(one, "org\(number)").status) }
            #expect(statuses.count { $0 == 429 } >= 1, "the caller, whatever is asked")
        }
    }

    // API

    @Test func `the API runs all or one, keeps a history in pages, and hands out whole reports`() async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let (_, path) = try await connected(site)
            let (key, base) = (try await site.key(), "/v1" + path)
            for _ in 0..<3 {
                site.world.clock.advance(by: 1)
                #expect(
                    try await site.call("POST", base + "/preflight", key: key).json?["verdict"] as? String == "fail")
            }
            mend(site)
            let one = try await site.call(
                "POST", base + "/preflight", key: key, body: "{\"only\":\"guide_role.admin\"}")
            #expect(one.json?["verdict"] as? String == "pass")
            let first = try await site.call("GET", base + "/preflights?page_size=2", key: key)
            let list = try #require(first.json?["preflights"] as? [[String: Any]])
            #expect(list.map { $0["verdict"] as? String } == ["pass", "fail"])
            let change = try #require((list[0]["changes"] as? [[String: Any]])?.first)
            #expect(change["code"] as? String == "guide_role.admin" && change["now"] as? String == "pass")
            let cursor = try #require(first.json?["next_cursor"] as? String)
            let rest = try await site.call("GET", base + "/preflights?cursor=\(cursor)", key: key)
            #expect((rest.json?["preflights"] as? [Any])?.count == 3)
            let id = try #require(list[1]["id"] as? String)
            #expect(try await site.call("GET", base + "/preflights/\(id)", key: key).json?["id"] as? String == id)
        }
    }

    @Test func `what the API does not understand is refused with a code`() async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let (_, path) = try await connected(site)
            let (key, base) = (try await site.key(), "/v1" + path)
            let calls = [
                ("POST", "/preflight", "{\"only\":\"nothing\"}", 422), ("POST", "/preflight", "{\"all\":1}", 422),
                ("GET", "/preflights?page_size=0", nil, 400), ("GET", "/preflights?cursor=x", nil, 400),
                ("GET", "/preflights?size=1", nil, 400), ("GET", "/preflights/pf_x", nil, 404),
            ]
            for (method, end, body, status) in calls {
                let answer = try await site.call(method, base + end, key: key, body: body)
                #expect(answer.status == status && answer.json?["code"] != nil, "\(method) \(end)")
            }
            let small = try await site.key([.connectionsRead])
            #expect(try await site.call("GET", base + "/preflights", key: small).status == 403)
            let foreign = try await site.key(tenant: "other")
            for end in ["/preflights", "/preflight", "/preflights/pf_x"] {
                #expect(try await site.call("GET", base + end, key: foreign).status == 404, "WEB-40 \(end)")
            }
        }
    }
}
