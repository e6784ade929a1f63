import Foundation
import Gateway
import GatewayCore
import HTTPTypes
import Storage
import StorageSQLite
import TestSupport
import Testing
import ZendeskEmulator

@testable import GatewayWeb

@Suite struct `The page of a connection` {
    @Test func `it tells since when, until when, by whom it is used and what the last renewal came to`() async throws {
        try await connected { site, browser, connection in
            var page = try await browser.get(connection.path)
            #expect(page.text.contains("No program holds access just now."))
            #expect(page.text.contains("None yet"))
            #expect(page.text.contains("22 February 2026") || page.text.contains("in 90 days"), "its end")
            let key = try await site.key()
            for _ in 0..<2 {
                let lease = try await site.call(
                    "POST", "/v1/connections/\(connection.id)/access-token", key: key, body: "{}")
                #expect(lease.status == 200)
            }
            site.world.clock.advance(by: 240)
            page = try await browser.get(connection.path)
            #expect(page.text.contains("1 program holds access, 2 times. The oldest was handed out 4 minutes ago."))
            #expect(page.text.contains("2 open, 1 API keys"), "for engineers")
            page = try await Self.renew(browser, connection)
            #expect(page.status == 303 && page["location"] == connection.path)
            page = try await browser.get(connection.path)
            #expect(page.text.contains("Zendesk gave new access, and it is stored."))
            #expect(page.text.contains("committed (renewed)"))
            #expect(page.text.contains("<dt>Generation</dt><dd><code>2</code>"))
        }
    }

    @Test func `renewing by hand makes the next generation, and the log names the person`() async throws {
        try await connected { site, browser, connection in
            _ = try await Self.renew(browser, connection)
            #expect(try await site.world.store.connection(connection.id)?.generation == 2)
            let renewed = try await site.events(.tokensRefreshed)
            #expect(renewed.map(\.actor.kind) == [.console] && renewed.first?.actor.id?.hasPrefix("ses_") == true)
        }
    }

    @Test func `a renewal that Zendesk does not take says so, and nothing is lost`() async throws {
        try await connected { site, browser, connection in
            site.world.zendesk.queue(
                Fault(
                    .status, path: "/oauth/tokens", status: 503, body: "{}",
                    headers: [.contentType: "application/json"], times: 1))
            let told = try await Self.renew(browser, connection)
            #expect(told.status == 409)
            #expect(told.text.contains("Not renewed. Zendesk was busy."), "\(told.text)")
            let kept = try #require(try await site.world.store.connection(connection.id))
            #expect(kept.status == .active && kept.generation == 1)
            #expect(try await browser.get(connection.path).text.contains("not_done (status.503)"))
        }
    }

    @Test func `an answer lost on the way is shown as a doubt, and its page looks again at its own address`()
        async throws
    {
        try await connected { site, browser, connection in
            site.world.zendesk.queue(Fault(.dropAfter, path: "/oauth/tokens", status: nil, body: nil, times: 1))
            let told = try await Self.renew(browser, connection)
            let page = told.status == 303 ? try await browser.get(connection.path) : told
            let kept = try #require(try await site.world.store.connection(connection.id))
            if kept.status == .inDoubt {
                #expect(page.text.contains("Being confirmed"))
                #expect(page["refresh"] == "5; url=\(connection.path)")
            } else {
                #expect(page.text.contains("its answer never arrived") || page.text.contains("lost on the way"))
            }
        }
    }

    @Test(arguments: [
        ("grant.rejected", "the person who connected lost their rights"),
        ("refresh_token.expired", "before Zendesk let it end"),
        ("refresh.answer_lost", "Zendesk does not repeat it"),
        ("refresh_token.missing", "no way to renew itself"),
    ])
    func `a connection that needs a new sign-in says why, in words`(reason: String, words: String) async throws {
        try await connected { site, browser, connection in
            _ = try await site.world.store.setStatus(
                .needsReauthorization, reason: reason, of: connection.id, generation: 1, at: site.world.clock.now,
                audit: AuditEvent(at: site.world.clock.now, actor: .system, action: .connectionNeedsReauthorization))
            let page = try await browser.get(connection.path)
            #expect(page.text.contains("Needs a new sign-in") && page.text.contains(words))
            #expect(page.text.contains("main-button\" href=\"/connect?connection=\(connection.id)\" id=\"reconnect\""))
            #expect(!page.text.contains("id=\"refresh\""), "there is nothing to renew")
        }
    }

    @Test func `an organization that is not there is told as that, and the connection is not called broken`()
        async throws
    {
        try await connected { site, browser, connection in
            _ = try await site.world.store.setStatus(
                .active, reason: "organization.unreachable", of: connection.id, generation: 1,
                at: site.world.clock.now,
                audit: AuditEvent(at: site.world.clock.now, actor: .system, action: .connectionRecovered))
            let page = try await browser.get(connection.path)
            #expect(page.text.contains("Organization not reachable"))
            #expect(page.text.contains("The connection is kept"))
            #expect(page.text.contains("id=\"refresh\""))
        }
    }

    @Test func `a connection near its end warns, and one that was just renewed does not`() async throws {
        try await connected { site, browser, connection in
            #expect(!(try await browser.get(connection.path)).text.contains("This connection ends"))
            site.world.clock.advance(by: 88 * 86_400)
            let signedIn = try await site.signedIn()
            let page = try await signedIn.get(connection.path)
            #expect(page.text.contains("This connection ends in 2 days and was not renewed"), "\(page.status)")
        }
    }

    @Test func `support looks, and is offered nothing that changes anything`() async throws {
        try await connected { site, _, connection in
            let support = try await site.signedIn(roles: [.support])
            let page = try await support.get(connection.path)
            #expect(page.status == 200)
            for offer in ["id=\"refresh\"", "id=\"reconnect\"", "id=\"change-level\"", "id=\"disconnect\""] {
                #expect(!page.text.contains(offer), "\(offer)")
            }
            let token = try support.formToken(site, Purpose.connection(connection.id))
            #expect(try await support.post(connection.path + "/refresh", [("form_token", token)]).status == 403)
            #expect(try await site.world.store.connection(connection.id)?.generation == 1)
        }
    }

    @Test func `OA-103: no token, no client secret and no verifier stands on the page in any state`() async throws {
        try await connected { site, browser, connection in
            let page = try await Self.renew(browser, connection)
            let shown = page.text + (try await browser.get(connection.path)).text
            let tokens = site.world.zendesk.read { world in
                world.organizations.values.flatMap { $0.tokens.records.values }
                    .flatMap { [$0.accessToken, $0.refreshToken].compactMap { $0 } }
            }
            #expect(tokens.count >= 2, "there are some to look for")
            for token in tokens { #expect(!shown.contains(token)) }
            #expect(!shown.contains(WebWorld.clientSecret))
        }
    }

    // MARK: The end

    @Test
    func `OA-98: the page of an ended connection says when its token ends by itself, and where to end it by hand`()
        async throws
    {
        try await connected { site, browser, connection in
            _ = try await site.world.web.disconnect.run(connection, actor: .system)
            let end = try #require(connection.accessTokenExpiresAt)
            let page = try await browser.get(connection.path)
            #expect(page.text.contains("ends by itself on \(PageMoment(end, now: site.world.clock.now).text)."))
            #expect(page.text.contains("External OAuth clients"), "a customer sees the product's client there")
        }
    }

    @Test func `OA-98: of a token that had ended by itself the page does not claim that the access is over`()
        async throws
    {
        try await connected { site, browser, connection in
            site.world.clock.advance(by: 172_800)
            let receipt = try await site.call(
                "DELETE", "/v1/connections/\(connection.id)", key: try await site.key())
            let told = try #require(receipt.json?["receipt"] as? [String: Any])
            #expect(told["verified_dead"] as? Bool == false && told["queued"] as? Bool == false)
            let page = try await site.signedIn().get(connection.path)
            #expect(page.text.contains("did not confirm that the access behind it is over"), "\(page.status)")
            #expect(
                page.text.contains("External OAuth clients") && !page.text.contains("Zendesk refuses the token now"))
        }
    }

    @Test func `which API keys hold access is shown to support and to nobody else`() async throws {
        try await connected { site, browser, connection in
            let key = try await site.key()
            _ = try await site.call("POST", "/v1/connections/\(connection.id)/access-token", key: key, body: "{}")
            let own = try await browser.get(connection.path)
            #expect(own.text.contains("1 program holds access"))
            #expect(!own.text.contains("Held by") && !own.text.contains("key_"))
            let support = try await site.signedIn(roles: [.support]).get(connection.path)
            #expect(support.text.contains("Held by") && support.text.contains("key_"))
        }
    }

    // MARK: Reconnect and step up

    @Test func `a step up keeps the id, asks for the other level, and the access from before ends`() async throws {
        try await connected { site, browser, connection in
            let form = try await browser.get("/connect?connection=\(connection.id)&change=level", from: "same-origin")
            #expect(form.text.contains("Change permission level"))
            #expect(form.text.contains("id=\"permission_level-read_and_act\" value=\"read_and_act\""))
            #expect(form.text.contains("permission_level-read_and_act-hint\" checked"))
            let arrived = try await browser.connected(
                to: "acme", level: "read_and_act", at: "/connect?connection=\(connection.id)&change=level")
            #expect(arrived["location"] == connection.path)
            let after = try #require(try await site.world.store.connection(connection.id))
            #expect(after.permissionLevel == .readAndAct && after.generation == 2)
            #expect(site.world.zendesk.liveTokens("acme").count == 1, "the access of level Read is over")
        }
    }

    @Test func `a step up that is denied at Zendesk leaves the connection of level Read as it was`() async throws {
        try await connected { site, browser, connection in
            let before = try #require(try await site.world.store.connection(connection.id))
            let credential = try await site.world.store.credential(of: connection.id)
            let departure = try await browser.connect(
                "acme", level: "read_and_act", at: "/connect?connection=\(connection.id)&change=level")
            let state = try #require(
                departure["location"]?.split(separator: "state=").last?.split(separator: "&").first)
            let told = try await browser.get("/oauth/callback?error=access_denied&state=\(state)", from: "cross-site")
            #expect(told.text.contains("The connection was not changed"))
            #expect(told.text.contains("href=\"\(connection.path)\""), "and leads back to it")
            #expect(try await site.world.store.connection(connection.id) == before)
            #expect(try await site.world.store.credential(of: connection.id) == credential)
            #expect(site.world.zendesk.liveTokens("acme").count == 1)
            #expect(try await browser.get(connection.path).status == 200, "the session goes on")
        }
    }

    @Test func `OA-38: an address that somebody else took over is refused with a sentence, and the connection stays`()
        async throws
    {
        try await connected { site, browser, connection in
            let before = try #require(try await site.world.store.connection(connection.id))
            site.world.zendesk.change { world in
                let stranger = world.organizations["noguide"]?.brands ?? []
                world.organizations["acme"]?.brands = stranger
            }
            let told = try await browser.connected(
                to: "acme", level: "read", at: "/connect?connection=\(connection.id)")
            #expect(told.text.contains("Another Zendesk account answers at this address"))
            #expect(told.text.contains("The connection is as it was before."))
            #expect(try await site.world.store.connection(connection.id) == before)
        }
    }

    @Test func `OA-98: an old access that Zendesk did not confirm to be over is told until it is`() async throws {
        try await connected(level: "read_and_act") { site, browser, connection in
            site.world.zendesk.queue(
                Fault(
                    .status, path: "/api/v2/oauth/tokens*", status: 503, body: "{}",
                    headers: [.contentType: "application/json"], times: 20))
            _ = try await browser.connected(
                to: "acme", level: "read_and_act", at: "/connect?connection=\(connection.id)")
            let page = try await browser.get(connection.path)
            #expect(page.text.contains("Zendesk has not confirmed yet that the access from before is over."))
            #expect(page.text.contains("Waits to be revoked"))
            site.world.zendesk.change { $0.faults.removeAll() }
            site.world.clock.advance(by: 900)
            try await site.world.revocations.runDue()
            let later = try await browser.get(connection.path)
            #expect(!later.text.contains("has not confirmed yet"))
        }
    }

    @Test func `a reconnect tells programs that wait for new access`() async throws {
        try await connected { site, browser, connection in
            let key = try await site.key()
            async let waited = site.call(
                "GET", "/v1/connections/\(connection.id)/generation?after=1&wait=20", key: key)
            while site.world.web.generations.count == 0 { await Task.yield() }
            _ = try await browser.connected(to: "acme", level: "read", at: "/connect?connection=\(connection.id)")
            let answer = try await waited
            #expect(answer.status == 200, "\(answer.text)")
            #expect(answer.json?["generation"] as? Int == 2)
        }
    }

    private static func renew(_ browser: Browser, _ connection: Connection) async throws -> WebAnswer {
        let page = try await browser.get(connection.path)
        return try await browser.post(
            connection.path + "/refresh", [("form_token", try #require(page.hidden("form_token")))])
    }
}

/// A browser of the role connect, and its one connection to `acme`.
func connected(
    level: String = "read", _ body: @Sendable @escaping (Site, Browser, Connection) async throws -> Void
) async throws {
    let world = try await WebWorld()
    try await world.serve { site in
        let browser = try await site.signedIn()
        _ = try await browser.connected(to: "acme", level: level)
        let connection = try #require(try await world.store.liveConnection(tenant: .default, subdomain: "acme"))
        try await body(site, browser, connection)
    }
}

extension Connection {
    var path: String { "/connections/\(id)" }
}

extension Site {
    func events(_ action: AuditAction) async throws -> [AuditEvent] {
        try await world.store.auditEntries(after: 0, limit: 10_000).map(\.event).filter { $0.action == action }
    }
}

extension Browser {
    /// A form token that no page showed: what somebody has who knows their own session and nothing else about us.
    func formToken(_ site: Site, _ purpose: String) throws -> String {
        let session = try #require(cookies["latchkey-session"].flatMap { BearerToken(.session, presented: $0) })
        return site.world.web.formTokens.issue(for: session, purpose: purpose)
    }
}
