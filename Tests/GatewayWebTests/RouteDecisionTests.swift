import Foundation
import Gateway
import GatewayCore
import Hummingbird
import Storage
import StorageSQLite
import TestSupport
import Testing
import ZendeskEmulator

@testable import GatewayWeb

/// Who may use which route: a decision for every route there is, held against the running site.
enum RouteDecision {
    /// Needs nobody to be signed in.
    case open
    /// Needs a sign-in, whatever its roles are, the holder of a connect session's link included.
    case signedIn
    /// Needs one of these roles.
    case roles(Set<ConsoleRole>)
    /// Needs an API key with one of these scopes.
    case scopes(Set<APIScope>)

    static let all: [String: RouteDecision] = pages.merging(api) { first, _ in first }

    private static let pages: [String: RouteDecision] = [
        "GET /": .open, "GET /sign-in/{token}": .open, "GET /connect/{token}": .open, "POST /sign-out": .signedIn,
        "GET /oauth/callback": .open, "GET /oauth/refused/{reference}": .open,
        "GET /healthz": .open, "GET /readyz": .open, "GET /metrics": .open, "GET /assets/{name}": .open,
        "GET /openapi.yaml": .open,
        "GET /integrations": .roles([.connect, .support]), "GET /integrations/zendesk": .roles([.connect, .support]),
        "GET /connect": .roles([.connect]), "POST /connect": .roles([.connect]),
        "GET /connections": .roles([.support]),
        "GET /connections/{id}": .roles([.connect, .support]),
        "GET /connections/{id}/diagnostics": .roles([.connect, .support]),
        "POST /connections/{id}/diagnostics": .roles([.connect, .support]),
        "GET /connections/{id}/diagnostics.txt": .roles([.connect, .support]),
        "GET /connections/{id}/diagnostics.json": .roles([.connect, .support]),
        "POST /connections/{id}/diagnostics/links": .roles([.connect, .support]),
        // Needs a link that is there; without one it is 404 for everybody. WebDiagnosticsLinkTests has the rest.
        "POST /connections/{id}/diagnostics/links/revoke": .signedIn,
        "GET /diagnostics": .roles([.connect, .support]), "POST /diagnostics": .roles([.connect, .support]),
        "GET /diagnose/{token}": .open, "GET /diagnose": .open, "POST /diagnose": .open,
        "POST /connections/{id}/refresh": .roles([.connect]),
        "POST /connections/{id}/disconnect": .roles([.connect]),
        "GET /security": .roles([.security]), "GET /security/progress": .roles([.security]),
        "POST /security/generate": .roles([.security]), "POST /security/rotate": .roles([.security]),
        "POST /security/reseal": .roles([.security]), "POST /security/pause": .roles([.security]),
        "POST /security/resume": .roles([.security]), "POST /security/speed": .roles([.security]),
        "POST /security/verify": .roles([.security]), "POST /security/keys/{key}/promote": .roles([.security]),
        "GET /security/keys/{key}/retire": .roles([.security]),
        "POST /security/keys/{key}/retire": .roles([.security]),
        "GET /security/keys/{key}/destroy": .roles([.security]),
        "POST /security/keys/{key}/destroy": .roles([.security]),
        "POST /security/keys/{key}/keep": .roles([.security]),
    ]

    private static let api: [String: RouteDecision] = [
        "POST /v1/connect-sessions": .scopes([.connect]), "GET /v1/connections": .scopes([.connectionsRead]),
        "GET /v1/connections/{id}": .scopes([.connectionsRead]),
        "DELETE /v1/connections/{id}": .scopes([.connectionsWrite]),
        "POST /v1/connections/{id}/preflight": .scopes([.preflight]),
        "GET /v1/connections/{id}/preflights": .scopes([.preflight]),
        "GET /v1/connections/{id}/preflights/{report}": .scopes([.preflight]),
        "GET /v1/connections/{id}/preflight": .scopes([.preflight]), "POST /v1/preflight": .scopes([.preflight]),
        "POST /v1/connections/{id}/access-token": .scopes([.credentialsRead]),
        "GET /v1/connections/{id}/generation": .scopes([.credentialsRead]),
        "POST /v1/connections/{id}/refresh": .scopes([.connectionsWrite]),
        "GET /v1/connections/{id}/proxy/**": .scopes([.proxy]),
        "POST /v1/connections/{id}/proxy/**": .scopes([.proxy]),
        "PUT /v1/connections/{id}/proxy/**": .scopes([.proxy]),
        "PATCH /v1/connections/{id}/proxy/**": .scopes([.proxy]),
        "DELETE /v1/connections/{id}/proxy/**": .scopes([.proxy]),
        "DELETE /v1/leases/{id}": .scopes([.credentialsRead]),
        "GET /v1/keys": .scopes([.keysRotate, .auditRead]), "POST /v1/keys": .scopes([.keysRotate]),
        "POST /v1/keys/{id}/promote": .scopes([.keysRotate]), "POST /v1/keys/{id}/retire": .scopes([.keysRotate]),
        "POST /v1/keys/{id}/destroy": .scopes([.keysRotate]),
        "GET /v1/keys/reseal": .scopes([.keysRotate, .auditRead]), "POST /v1/keys/reseal": .scopes([.keysRotate]),
        "PATCH /v1/keys/reseal": .scopes([.keysRotate]), "POST /v1/keys/verify": .scopes([.keysRotate]),
        "POST /v1/keys/rotate": .scopes([.keysRotate]),
        "GET /v1/audit": .scopes([.auditRead]), "GET /v1/audit/checkpoint": .scopes([.auditRead]),
        "GET /v1/audit/proof": .scopes([.auditRead]),
    ]
}

@Suite struct `Who may do what` {
    @Test func `KEY-26: every route has a decision, and every decision a route`() async throws {
        let world = try await WebWorld()
        let names = Set(try Self.routes(world).map(\.name))
        for name in names { #expect(RouteDecision.all[name] != nil, "decide who may use \(name)") }
        for name in RouteDecision.all.keys { #expect(names.contains(name), "there is no \(name) any more") }
    }

    @Test(arguments: ConsoleRole.allCases)
    func `KEY-26: a role reaches its own pages and steps and no other`(role: ConsoleRole) async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let stage = Stage(site: site)
            for route in try Self.routes(world) {
                guard case .roles(let roles)? = RouteDecision.all[route.name] else { continue }
                let id = try await stage.connection()
                let answer = try await stage.visit(route, in: try await site.signedIn(roles: [role]), id)
                #expect(
                    Self.isDenied(answer, route) != roles.contains(role),
                    "\(role): \(route.name) answers \(answer.status)")
            }
        }
    }

    @Test func `KEY-26: without a sign-in, and through a product's link, nobody reaches what a role opens`()
        async throws
    {
        let world = try await WebWorld()
        try await world.serve { site in
            let stage = Stage(site: site)
            let id = try await stage.connection()
            let linked = try await stage.linked()
            for route in try Self.routes(world) {
                guard case .roles(let roles)? = RouteDecision.all[route.name] else { continue }
                #expect(try await stage.visit(route, in: site.browser(), id).status == 401, "\(route.name)")
                guard roles == [.security] else { continue }
                let answer = try await stage.visit(route, in: linked, id)
                #expect(answer.status == 403, "\(route.name) answers \(answer.status) to a product's link")
            }
        }
    }

    @Test(arguments: APIScope.allCases)
    func `KEY-26: a scope opens its own calls and no other`(scope: APIScope) async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let stage = Stage(site: site)
            let key = try await site.key([scope])
            for route in try Self.routes(world) {
                guard case .scopes(let scopes)? = RouteDecision.all[route.name] else { continue }
                let answer = try await stage.call(route, key: key, try await stage.connection())
                let isMissing = answer.status == 403 && answer.json?["code"] as? String == "api_key.scope_missing"
                #expect(isMissing != scopes.contains(scope), "\(scope): \(route.name) answers \(answer.text)")
            }
        }
    }

    @Test func `KEY-26: who rotates keys and reads evidence sees no token by any call or page`() async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let stage = Stage(site: site)
            let id = try await stage.connection()
            let key = try await site.key([.keysRotate, .auditRead])
            let browser = try await site.signedIn(roles: [.security])
            var seen = ""
            for route in try Self.routes(world) where route.method == .get {
                seen += try await stage.visit(route, in: browser, id).text
                if route.pattern.hasPrefix("/v1") { seen += try await stage.call(route, key: key, id).text }
            }
            let tokens = world.zendesk.read { world in
                world.organizations.values.flatMap { $0.tokens.records.values }
                    .flatMap { [$0.accessToken, $0.refreshToken].compactMap { $0 } }
            }
            #expect(!tokens.isEmpty && seen.contains("dk-1"))
            for token in tokens + [WebWorld.clientSecret] { #expect(!seen.contains(token)) }
            #expect(try await site.events(.accessTokenHandedOut).isEmpty)
            #expect(try await site.events(.callProxied).isEmpty)
        }
    }

    @Test func `KEY-26: support changes nothing: after every form it can send the database is what it was`()
        async throws
    {
        let world = try await WebWorld()
        try await world.serve { site in
            let stage = Stage(site: site)
            let id = try await stage.connection()
            let before = try #require(try await world.store.connection(id))
            let credential = try await world.store.credential(of: id)
            let keys = try await world.store.dataKeys()
            let support = try await site.signedIn(roles: [.support])
            for route in try Self.routes(world) where route.method == .post && !route.pattern.hasPrefix("/v1") {
                guard case .roles? = RouteDecision.all[route.name] else { continue }
                _ = try await stage.visit(route, in: support, id)
            }
            let after = try #require(try await world.store.connection(id))
            #expect(after.status == before.status && after.generation == before.generation)
            #expect(try await world.store.credential(of: id) == credential)
            #expect(try await world.store.dataKeys() == keys)
        }
    }

    private static func routes(_ world: WebWorld) throws -> [Route] {
        try GatewayWeb.routes(world.web, RateLimits(isOn: false, clock: world.clock)).filter { $0.method != .head }
    }

    /// Not allowed, not there, or, where a page was asked for, led away to the visitor's own.
    private static func isDenied(_ answer: WebAnswer, _ route: Route) -> Bool {
        [401, 403, 404].contains(answer.status) || (route.method == .get && answer.status == 303)
    }
}

/// Asks routes by their patterns, each with what it needs to be taken seriously.
private struct Stage: Sendable {
    let site: Site

    /// A live connection of tenant `default`; a new one when the last was ended.
    func connection() async throws -> ConnectionID {
        if let live = try await live() { return live }
        _ = try await site.signedIn().connected(to: "acme", level: "read_and_act")
        return try #require(try await live())
    }

    private func live() async throws -> ConnectionID? {
        try await site.world.store.liveConnection(tenant: .default, subdomain: "acme")?.id
    }

    func linked() async throws -> Browser {
        let made = try await site.call(
            "POST", "/v1/connect-sessions", key: try await site.key(), body: #"{"tenant":"default"}"#)
        let address = try #require(made.json?["url"] as? String)
        let browser = site.browser()
        _ = try await browser.get(String(address.dropFirst(site.origin.count)), from: "cross-site")
        return browser
    }

    func visit(_ route: Route, in browser: Browser, _ id: ConnectionID) async throws -> WebAnswer {
        let path = path(route, id)
        guard route.method == .post else { return try await browser.get(path, from: "same-origin") }
        // The right form token, so that nothing but the role can be in the way.
        let token = browser.cookies["latchkey-session"] == nil ? "" : try browser.formToken(site, purpose(route, id))
        return try await browser.post(
            path,
            [("form_token", token), ("organization_url", "acme"), ("permission_level", "read"), ("confirm", "yes")])
    }

    func call(_ route: Route, key: String, _ id: ConnectionID) async throws -> WebAnswer {
        let isReading = route.method == .get || route.method == .delete
        return try await site.call(route.method.rawValue, path(route, id), key: key, body: isReading ? nil : "{}")
    }

    private func path(_ route: Route, _ id: ConnectionID) -> String {
        let connection = route.pattern.contains("/connections/") ? id.text : "dk-1"
        return route.pattern.replacing("{id}", with: connection).replacing("{key}", with: "dk-1")
            .replacing("{report}", with: "pf_none")
            .replacing("**", with: "api/v2/users/me.json")
    }

    private func purpose(_ route: Route, _ id: ConnectionID) -> String {
        if route.pattern.hasPrefix("/connections/") { return Purpose.connection(id) }
        if route.pattern == "/diagnostics" { return Purpose.coldDiagnostics }
        return route.pattern.hasPrefix("/security") ? Purpose.security : Purpose.connect
    }
}

extension Route {
    fileprivate var name: String { "\(method.rawValue) \(pattern)" }
}
