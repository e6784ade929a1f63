import Foundation
import GRDB
import GatewayCore
import Storage
import TestSupport
import Testing

@testable import Gateway
@testable import GatewayWeb
@testable import StorageSQLite

@Suite struct `The security page` {
    @Test func `it stands in the navigation of the security role, which begins there, and of nobody else`()
        async throws
    {
        try await WebWorld().serve { site in
            let security = try await site.signedIn(roles: [.security])
            #expect(try await security.get("/integrations")["location"] == "/security")
            let both = try await site.signedIn(roles: [.connect, .security])
            let page = try await both.get("/integrations")
            #expect(page.text.contains("<a href=\"/security\">Security</a>"))
            #expect(try await both.get("/security").text.contains("<a href=\"/security\" aria-current=\"page\">"))
            for role in [ConsoleRole.connect, .support] {
                let other = try await site.signedIn(roles: [role])
                #expect(!(try await other.get("/integrations")).text.contains("/security"))
                #expect(try await other.get("/security").status == 403)
            }
        }
    }

    @Test func `a fresh installation has one key, nothing to do, and says what was never done`() async throws {
        try await secured { site, security in
            let page = try await security.get("/security")
            for words in [
                "In order", "It was never rotated so far.", "Nothing has to be done.", "dk-1", "Primary",
                "No proof has been made yet.", "Nothing to compare with",
            ] {
                #expect(page.text.contains(words), "\(words)")
            }
            #expect(!page.text.contains("<script"), "nothing moves")
        }
    }

    @Test func `a whole rotation goes step by step, each by the person who pressed the button`() async throws {
        try await secured { site, security in
            _ = try await site.signedIn().connected(to: "acme")
            try await security.press("generate")
            #expect(try await security.get("/security").text.contains("A new key waits"))
            try await security.press("keys/dk-2/promote")
            #expect(try await security.get("/security").text.contains("Records under a former key"))
            try await security.press("reseal")
            var page = try await security.get("/security")
            #expect(page.text.contains("Rotation under way") && page.text.contains("id=\"progress-bar\""))
            _ = try await site.world.web.keyDesk.work()
            page = try await security.get("/security")
            #expect(page.text.contains("Rotation proven") && page.text.contains("Retire dk-1 below"))
            try await security.press("keys/dk-1/retire")
            try await security.press("keys/dk-1/destroy")
            page = try await security.get("/security")
            #expect(page.text.contains("Will be destroyed") && page.text.contains("in 7 days"))
            try await security.press("keys/dk-1/keep")
            #expect(try await site.world.store.dataKeys().first?.destroyAt == nil)
            let steps: [AuditAction] = [
                .dataKeyGenerated, .dataKeyPromoted, .resealBegun, .resealCompleted, .rotationVerified,
                .dataKeyRetired, .dataKeyDestructionScheduled, .dataKeyDestructionCancelled,
            ]
            for step in steps {
                let actors = Set(try await site.events(step).compactMap(\.actor.id))
                #expect(actors.count == 1 && actors.first?.hasPrefix("ses_") == true, "\(step): \(actors)")
            }
        }
    }

    @Test func `KEY-30: each step asks for a reason without insisting, and what is written stands in the log`()
        async throws
    {
        try await secured { site, security in
            _ = try await site.signedIn().connected(to: "acme")
            let page = try await security.get("/security")
            for step in ["next", "generate", "reseal"] {
                #expect(page.text.contains("id=\"reason-\(step)\" name=\"reason\" maxlength=\"200\""), "\(step)")
            }
            let odd = try await security.sending("rotate", [("reason", "a\u{202E}b")])
            #expect(odd.status == 422 && odd.text.contains("cannot be seen"))
            #expect(try await site.world.store.dataKeys().count == 1)
            try await security.press("rotate", [("reason", " SEC-114 yearly ")])
            _ = try await site.world.web.keyDesk.work()
            #expect(try await security.get("/security/keys/dk-1/retire").text.contains("id=\"reason-step\""))
            try await security.press("keys/dk-1/retire", [("reason", "")])
            try await security.press("keys/dk-1/destroy", [("reason", "SEC-115")])
            #expect(try await site.events(.dataKeyPromoted).last?.subject == "dk-2; reason: SEC-114 yearly")
            #expect(try await site.events(.dataKeyRetired).last?.subject == "dk-1", "an empty field is no reason")
            #expect(try await site.events(.dataKeyDestructionScheduled).last?.subject == "dk-1; reason: SEC-115")
        }
    }

    @Test func `rotate does all of it, and its proof names the counts of every table`() async throws {
        try await secured { site, security in
            _ = try await site.signedIn().connected(to: "acme")
            try await security.press("rotate")
            _ = try await site.world.web.keyDesk.work()
            let page = try await security.get("/security")
            for words in ["Complete", "Tokens of connections", "1 under dk-2", "by console session ses_"] {
                #expect(page.text.contains(words), "\(words)")
            }
        }
    }

    @Test func `KEY-11: a rotation under way is paused, resumed and throttled, and the page says which`() async throws {
        try await secured { site, security in
            _ = try await site.signedIn().connected(to: "acme")
            try await security.press("rotate")
            try await security.press("speed", [("rows_per_second", "25")])
            #expect(try await security.get("/security").text.contains("At most 25 records a second."))
            try await security.press("pause")
            let paused = try await security.get("/security")
            #expect(paused.text.contains("Rotation paused") && !paused.text.contains("<script"))
            try await security.press("resume")
            try await security.press("speed", [("rows_per_second", "")])
            #expect(try await security.get("/security").text.contains("As fast as it goes."))
            let odd = try await security.sending("speed", [("rows_per_second", "-1")])
            #expect(odd.status == 422 && odd.text.contains("Write a whole number of records"))
        }
    }

    @Test func `the figures for the script are texts by the ids of the page, and need the role`() async throws {
        try await secured { site, security in
            _ = try await site.signedIn().connected(to: "acme")
            try await security.press("rotate")
            let page = try await security.get("/security")
            let figures = try await security.get("/security/progress")
            #expect(figures["content-type"] == "application/json" && figures["cache-control"] == "no-store")
            #expect(figures.json?["phase"] as? String == "running")
            let texts = try #require(figures.json?["texts"] as? [String: String])
            #expect(texts["progress-text"] == "0 of 1 record (0 %)" && texts["records-dk-1"] == "1")
            for id in texts.keys { #expect(page.text.contains("id=\"\(id)\""), "\(id)") }
            #expect(page.text.contains("data-phase=\"running\""))
            #expect(try await site.signedIn().get("/security/progress").status == 403)
        }
    }

    @Test func `it moves without a script by loading itself, stands still when asked, and never allows inline script`()
        async throws
    {
        try await secured { site, security in
            _ = try await site.signedIn().connected(to: "acme")
            try await security.press("rotate")
            let page = try await security.get("/security")
            #expect(
                page.text.contains("<noscript><meta http-equiv=\"refresh\" content=\"5; url=/security\"></noscript>"))
            #expect(page.text.contains("<script src=\"/assets/security.js\" defer></script>"))
            let policy = try #require(page["content-security-policy"])
            #expect(policy.contains("script-src 'self'; connect-src 'self';") && !policy.contains("unsafe"))
            #expect(
                try await security.get("/integrations/zendesk")["content-security-policy"]?.contains("script") == false)
            let still = try await security.get("/security?refresh=off")
            #expect(!still.text.contains("<script") && !still.text.contains("http-equiv=\"refresh\""))
            #expect(still.text.contains("Look again now"))
            let script = try await site.send("GET", "/assets/security.js")
            #expect(script.status == 200 && script["content-type"] == "text/javascript; charset=utf-8")
        }
    }

    @Test func `KEY-13: a step that is refused is told in the words of the refusal, and is in the log`() async throws {
        try await secured { site, security in
            _ = try await site.signedIn().connected(to: "acme")
            try await security.press("generate")
            try await security.press("keys/dk-2/promote")
            let told = try await security.sending("keys/dk-1/retire")
            #expect(told.status == 409)
            #expect(told.text.contains("sealed records need dk-1; one of them is con_"))
            #expect(told.text.contains("Run `latchkey keys reseal` first.") || told.text.contains("reseal"))
            let refused = try await site.events(.accessDenied)
            #expect(refused.map(\.outcome) == [.refused(code: "keys.needed")])
            #expect(refused.first?.subject == "POST /security/keys/dk-1/retire")
            #expect(try await security.sending("keys/dk-1/keep").status == 409)
            #expect(try await security.sending("pause").status == 409, "nothing is under way")
            #expect(try await security.sending("keys/dk-9/promote").status == 409, "there is none")
        }
    }

    @Test(arguments: ["retire", "destroy"])
    func `what cannot be taken back asks first on a page of its own, and asking changes nothing`(step: String)
        async throws
    {
        try await secured { site, security in
            try await security.press("rotate")
            _ = try await site.world.web.keyDesk.work()
            if step == "destroy" { try await security.press("keys/dk-1/retire") }
            let before = try await site.world.store.dataKeys()
            #expect(try await security.get("/security").text.contains("href=\"/security/keys/dk-1/\(step)\""))
            let question = try await security.get("/security/keys/dk-1/\(step)")
            #expect(question.status == 200 && question.text.contains("Leave it as it is"))
            #expect(question.text.contains("action=\"/security/keys/dk-1/\(step)\""))
            #expect(try await site.world.store.dataKeys() == before)
            #expect(try await security.get("/security/keys/dk-77/\(step)").status == 404)
        }
    }

    @Test func `WEB-17 WEB-18: a step without its form token, with a used one, or from another site is not taken`()
        async throws
    {
        try await secured { site, security in
            let keys = try await site.world.store.dataKeys()
            #expect(try await security.post("/security/generate", []).status == 403)
            let token = try security.formToken(site, Purpose.security)
            let foreign = try await security.post(
                "/security/generate", [("form_token", token)],
                [("Sec-Fetch-Site", "cross-site"), ("Origin", "https://evil.example")])
            #expect(foreign.status == 403)
            #expect(try await site.world.store.dataKeys() == keys)
            #expect(try await security.post("/security/generate", [("form_token", token)]).status == 303)
            #expect(try await security.post("/security/generate", [("form_token", token)]).status == 403)
            let others = try security.formToken(site, Purpose.connect)
            #expect(try await security.post("/security/generate", [("form_token", others)]).status == 403)
            #expect(try await site.world.store.dataKeys().count == keys.count + 1)
        }
    }

    @Test func `a rotation that met records which do not open says how many, which, and keeps the former key`()
        async throws
    {
        try await secured { site, security in
            let browser = try await site.signedIn()
            _ = try await browser.connected(to: "acme")
            let connection = try #require(
                try await site.world.store.liveConnection(tenant: .default, subdomain: "acme"))
            try await site.world.store.spoil(connection.id)
            try await security.press("rotate")
            _ = try await site.world.web.keyDesk.work()
            let page = try await security.get("/security")
            #expect(page.text.contains("Not complete"))
            #expect(page.text.contains("1 record did not open with the primary key alone"))
            #expect(page.text.contains("Keep the former key until then."))
            try await security.press("verify")
            let proven = try await security.get("/security")
            #expect(proven.text.contains("credentials \(connection.id)"), "this process knows which")
            #expect(try await security.sending("keys/dk-1/retire").status == 409)
        }
    }

    @Test func `a proof over many records goes on behind the answer, and the page says so until it is there`()
        async throws
    {
        let desk = ProofDesk(patience: .milliseconds(1))
        let (gate, open) = AsyncStream<Void>.makeStream()
        try await desk.make {
            for await _ in gate { break }
            return CompletenessProof.sample
        }
        #expect(desk.isUnderWay && desk.last == nil)
        try await desk.make { throw StorageError.damaged }
        #expect(desk.isUnderWay, "a second one is not begun")
        open.yield()
        while desk.isUnderWay { await Task.yield() }
        #expect(desk.last == .sample && desk.takeFailure() == nil)
        let patient = ProofDesk(patience: .seconds(30))
        try await patient.make { throw KeyRotationRefusal.outOfNumbers }
        #expect(!patient.isUnderWay)
        #expect(patient.takeFailure()?.code == "keys.out_of_numbers")
        #expect(patient.takeFailure() == nil, "told once")
    }

    @Test func `CSP: the page of the script and no other allows one, and every answer of a step carries the policy`()
        async throws
    {
        try await secured { site, security in
            let refused = try await security.sending("pause")
            #expect(refused["content-security-policy"]?.contains("script-src 'self'") == true)
            let question = try await security.get("/security/keys/dk-1/retire")
            #expect(question["content-security-policy"]?.contains("script-src") == false)
        }
    }
}

/// A browser of the role security.
func secured(_ body: @Sendable @escaping (Site, Browser) async throws -> Void) async throws {
    let world = try await WebWorld()
    try await world.serve { site in try await body(site, try await site.signedIn(roles: [.security])) }
}

extension Browser {
    /// Opens the page and sends the form of a step.
    func sending(_ step: String, _ fields: [(String, String)] = []) async throws -> WebAnswer {
        let page = try await get("/security", from: "same-origin")
        let token = try #require(page.hidden("form_token"))
        return try await post("/security/\(step)", [("form_token", token)] + fields)
    }

    /// A step that is taken.
    func press(_ step: String, _ fields: [(String, String)] = []) async throws {
        let answer = try await sending(step, fields)
        #expect(answer.status == 303 && answer["location"] == "/security", "\(step): \(answer.status)")
    }
}

extension CompletenessProof {
    static let sample = CompletenessProof(
        primary: "dk-2", counts: [.credentials: ["dk-2": 3]], opened: 3, unreadable: [], unreadableCount: 0,
        rolledBack: [], beside: [:], isPurged: true)
}

extension SQLiteStore {
    /// As if a bit of the disk had turned: the record is there and does not open.
    fileprivate func spoil(_ connection: ConnectionID) async throws {
        try await write { database in
            try database.execute(
                sql:
                    "UPDATE credentials SET access_token = CAST(access_token || x'00' AS BLOB) WHERE connection_id = ?",
                arguments: [connection.text])
        }
    }
}
