import Foundation
import Gateway
import GatewayCore
import Preflight
import Storage
import StorageSQLite
import TestSupport
import Testing
import ZendeskEmulator

@testable import GatewayWeb

@Suite struct `Pages of diagnostics` {
    @Test func `the page says at a glance what failed, what to do step by step, and where`() async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let (browser, path) = try await site.connected()
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
            let (browser, path) = try await site.connected()
            site.mendNoguide()
            let answer = try await browser.post(
                path + "/diagnostics",
                [("form_token", try await browser.token(path + "/diagnostics")), ("only", "guide_role.admin")])
            #expect(answer.status == 303 && answer["location"] == path + "/diagnostics")
            let page = try await browser.get(path + "/diagnostics", from: "same-origin").text
            #expect(page.contains("Every check passed") && page.contains("not in the last run"))
            #expect(page.contains("One check ended otherwise"))
            let odd = try await browser.post(
                path + "/diagnostics",
                [("form_token", try await browser.token(path + "/diagnostics")), ("only", "nothing")])
            #expect(odd.status == 400)
        }
    }

    @Test func `for the script findings come line by line, and at last the page to go to`() async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let (browser, path) = try await site.connected()
            site.mendNoguide()
            let form = [("form_token", try await browser.token(path + "/diagnostics"))]
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
            let id = try #require(ConnectionID(String(path.dropFirst("/connections/".count))))
            let report = try #require(try await site.world.web.diagnostics.latest(of: id))
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
            let (browser, path) = try await site.connected()
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
            let (browser, path) = try await site.connected()
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
            let (browser, path) = try await site.connected()
            site.mendNoguide()
            _ = try await browser.post(
                path + "/diagnostics", [("form_token", try await browser.token(path + "/diagnostics"))])
            let page = try await browser.get(path + "/diagnostics", from: "same-origin").text
            #expect(page.contains("Changed since the run before") && page.contains("Guide role is Admin: passed"))
        }
    }

    @Test func `the API runs all or one, keeps a history in pages, and hands out whole reports`() async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let (_, path) = try await site.connected()
            let (key, base) = (try await site.key(), "/v1" + path)
            for _ in 0..<3 {
                site.world.clock.advance(by: 1)
                #expect(
                    try await site.call("POST", base + "/preflight", key: key).json?["verdict"] as? String == "fail")
            }
            site.mendNoguide()
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
            #expect(rest.json?["next_cursor"] is NSNull, "there, and null, at the end")
            let id = try #require(list[1]["id"] as? String)
            #expect(try await site.call("GET", base + "/preflights/\(id)", key: key).json?["id"] as? String == id)
        }
    }

    @Test func `what the API does not understand is refused with a code`() async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let (_, path) = try await site.connected()
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
