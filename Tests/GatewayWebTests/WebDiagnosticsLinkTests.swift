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

@Suite struct `Links to diagnostics, in a browser` {
    private func madeLink(_ browser: Browser, _ path: String) async throws -> String {
        let page = try await browser.post(
            path + "/diagnostics/links", [("form_token", try await browser.token(path + "/diagnostics"))])
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
            let (engineer, path) = try await site.connected(roles: [.connect, .support])
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
            site.mendNoguide()
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
            let (engineer, path) = try await site.connected()
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
            let (engineer, path) = try await site.connected()
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
            let (engineer, path) = try await site.connected()
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
}
