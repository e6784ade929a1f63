import Foundation
import Gateway
import GatewayCore
import Storage
import StorageSQLite
import TestSupport
import Testing

@testable import GatewayWeb

@Suite struct `Denials in the audit log` {
    private static func denials(_ world: WebWorld) async throws -> [AuditEvent] {
        try await world.store.auditEntries(after: 0, limit: 1000).map(\.event).filter { $0.action == .accessDenied }
    }

    @Test func `AUD-01 a key that may not is named, with what it asked for and why not`() async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let key = try await site.key([.connect], tenant: "customer")
            let id = try #require(try await world.web.apiKeys.all().first).id
            #expect(try await site.call("GET", "/v1/audit?after=7", key: key).status == 403)
            #expect(
                try await site.call(
                    "POST", "/v1/connections/con_\(String(repeating: "a", count: 26))/refresh", key: key
                ).status == 403)
            let denials = try await Self.denials(world)
            #expect(denials.map(\.subject) == ["GET /v1/audit", "POST /v1/connections/{id}/refresh"])
            for denial in denials {
                #expect(denial.actor == AuditActor(kind: .apiKey, id: id.text) && denial.tenant?.text == "customer")
                #expect(denial.outcome == .refused(code: "api_key.scope_missing"))
            }
            #expect(denials.map { $0.connection != nil } == [false, true])
        }
    }

    @Test func `AUD-01 AUD-04 a call without a valid key is written down without what was presented`() async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let presented = "lk_" + String(repeating: "A", count: 43)
            #expect(try await site.call("GET", "/v1/connections", key: presented).status == 401)
            #expect(try await site.call("GET", "/v1/connections", key: nil).status == 401)
            let denials = try await Self.denials(world)
            #expect(denials.count == 2 && !"\(denials)".contains("AAAA"))
            for denial in denials {
                #expect(denial.actor == AuditActor(kind: .apiKey, id: nil) && denial.tenant == nil)
                #expect(denial.outcome == .refused(code: "api_key.invalid"))
            }
        }
    }

    @Test func `AUD-01 another tenant's connection is a denial, one that nobody has is none`() async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let location = try #require(
                try await site.signedIn(tenant: "customer").connected(to: "acme", level: "read")["location"])
            let id = String(location.suffix(30))
            let key = try await site.key([.connectionsRead], tenant: "other")
            #expect(try await site.call("GET", "/v1/connections/\(id)", key: key).status == 404)
            #expect(
                try await site.call("GET", "/v1/connections/con_\(String(repeating: "a", count: 26))", key: key).status
                    == 404)
            let denials = try await Self.denials(world)
            #expect(denials.map(\.connection?.text) == [id] && denials.first?.tenant?.text == "other")
        }
    }

    @Test func `AUD-01 AUD-04 a used link is a denial without the link, a page without a session none`() async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let link = try await site.signInLink()
            #expect(try await site.browser().get(link).status == 303)
            #expect(try await site.browser().get(link).status == 410)
            #expect(try await site.browser().get("/integrations").status == 401)
            let denials = try await Self.denials(world)
            #expect(denials.map(\.subject) == ["GET /sign-in/{token}"])
            #expect(denials.first?.actor == .anonymousBrowser && !"\(denials)".contains("lki_"))
        }
    }

    @Test func `AUD-01 a key that asks again and again is one entry for each call it may not make`() async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let key = try await site.key([.connect])
            for _ in 0..<50 {
                #expect(try await site.call("GET", "/v1/audit", key: key).status == 403)
                #expect(try await site.call("GET", "/v1/connections", key: key).status == 403)
            }
            #expect(try await Self.denials(world).map(\.subject) == ["GET /v1/audit", "GET /v1/connections"])
        }
    }

    @Test func `AUD-01 a proxied call that finds no token has an entry, once a minute whatever its path`() async throws
    {
        let world = try await WebWorld()
        try await world.serve { site in
            let id = try await site.connection()
            let known = try #require(ConnectionID(id))
            let connection = try #require(try await world.store.connection(known))
            _ = try await world.web.disconnect.run(connection, actor: .system)
            let key = try await site.key([.proxy])
            for number in 0..<20 {
                let path = "/v1/connections/\(id)/proxy/api/v2/users/\(number)"
                #expect(try await site.call("GET", path, key: key).status == 409)
            }
            let refused = try await world.store.auditEntries(after: 0, limit: 1000).map(\.event)
                .filter { $0.action == .callProxied }
            #expect(refused.map(\.subject) == ["GET *"])
            #expect(refused.first?.outcome == .refused(code: "connection.disconnected"))
        }
    }

    @Test func `AUD-01 a browser that shows nothing was refused nothing, one with a session was`() async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            #expect(try await site.browser().get("/diagnose").status == 410)
            #expect(try await site.send("POST", "/sign-out").status == 403)
            #expect(try await site.browser().post("/diagnose", [], [("Sec-Fetch-Site", "cross-site")]).status == 403)
            #expect(try await Self.denials(world).isEmpty)
            #expect(try await site.send("GET", "/diagnose/lkd_\(String(repeating: "A", count: 43))").status == 410)
            let browser = try await site.signedIn()
            #expect(try await browser.post("/sign-out", [], [("Sec-Fetch-Site", "cross-site")]).status == 403)
            let denials = try await Self.denials(world)
            #expect(denials.map(\.subject) == ["GET /diagnose/{token}", "POST /sign-out"])
            #expect(denials.map(\.actor.kind) == [AuditActor.anonymousBrowser.kind, .console])
        }
    }

    @Test func `AUD-01 strangers leave a few entries for each address, whatever they are refused`() async throws {
        let proxy = try #require(IPRange("127.0.0.1"))
        let world = try await WebWorld(
            publicOrigin: "https://latchkey.example", trustedProxies: [proxy], limitsRates: true)
        try await world.serve { site in
            func post(_ address: String) async throws -> Int {
                try await site.send(
                    "POST", "/connect", [("X-Forwarded-Proto", "http"), ("X-Forwarded-For", address)]
                ).status
            }
            for _ in 0..<60 { #expect(try await post("203.0.113.7") == 403) }
            #expect(try await Self.denials(world).count == 20)
            #expect(try await post("203.0.113.8") == 403)
            #expect(try await Self.denials(world).count == 21)
            world.clock.advance(by: 10)
            for _ in 0..<60 { _ = try await post("203.0.113.7") }
            #expect(try await Self.denials(world).count == 23)
        }
    }

    @Test func `AUD-01 nobody can fill the log from outside: what the limits stop leaves no entry`() async throws {
        let world = try await WebWorld(limitsRates: true)
        try await world.serve { site in
            for _ in 0..<60 { _ = try await site.call("GET", "/v1/audit", key: nil) }
            let count = try await Self.denials(world).count
            #expect(count > 0 && count <= 25)
        }
    }
}
