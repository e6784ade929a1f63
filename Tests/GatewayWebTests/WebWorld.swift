import AsyncHTTPClient
import Foundation
import Gateway
import GatewayCore
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import OAuth
import Storage
import StorageSQLite
import Synchronization
import TestSupport
import Testing
import TokenVault
import ZendeskEmulator

@testable import GatewayWeb

/// The whole gateway over a real socket, with the stand-in Zendesk behind it and a clock that stands still.
final class WebWorld: Sendable {
    static let clientSecret = "canary-client-secret"
    static let redirectPath = "/oauth/callback"

    let store: SQLiteStore
    let zendesk: EmulatorWorld
    let clock: HandClock
    let log: CollectedLog
    let web: WebDependencies
    let revocations: RevocationQueue

    var policy: HostPolicy { web.settings.hostPolicy }

    init(
        publicOrigin: String = "http://localhost:8080", returnOrigins: [String] = [], trustedProxies: [IPRange] = [],
        limitsRates: Bool = false, streaming: (any StreamingTransport)? = nil
    ) async throws {
        let (clock, log) = (HandClock(), CollectedLog())
        let random = SystemRandomSource()
        let policy = try HostPolicy(parsing: "zendesk.localhost:9443", usesPlainHTTP: true)
        let redirectURI = publicOrigin + Self.redirectPath
        let zendesk = EmulatorWorld.seeded(
            clients: [EmulatorClient(identifier: "latchkey", secret: Self.clientSecret, redirectURIs: [redirectURI])],
            clock: EmulatorClock { clock.now })
        let store = try SQLiteStore.inMemory()
        let transport = Bridge(zendesk)
        let rootKey = try RootKeys.draw()
        let keyring = try await LiveKeyring(store: store, rootKey: rootKey, clock: clock)
        let credentials = CredentialVault(keyring: keyring)
        let settings = ZendeskSettings(
            policy: policy, clientID: "latchkey", redirectURI: redirectURI,
            lifetimes: TokenLifetimes(access: 172_800, refresh: 7_776_000),
            secrets: { [Secret(Self.clientSecret)] })
        let generations = GenerationWatch(store: store)
        let broker = TokenBroker(
            store: store, credentials: credentials, clock: clock,
            refresher: .forTests(
                store: store, credentials: credentials, transport: transport, zendesk: settings, clock: clock,
                announce: { generations.announce($0) }))
        (self.store, self.zendesk, self.clock, self.log) = (store, zendesk, clock, log)
        revocations = RevocationQueue(
            store: store, credentials: credentials, transport: transport, policy: policy, clock: clock)
        let metrics = Metrics()
        web = WebDependencies(
            store: store, consoleAccess: ConsoleAccess(store: store, clock: clock, random: random),
            formTokens: FormTokens(store: store, clock: clock, random: random),
            apiKeys: APIKeys(store: store, clock: clock, random: random),
            connectSessions: ConnectSessions(store: store, clock: clock, random: random),
            connectFlow: ConnectFlow(
                store: store, credentials: credentials, transport: transport, zendesk: settings,
                revocations: revocations, clock: clock, random: random),
            diagnostics: Diagnostics(
                store: store, credentials: credentials, transport: transport, renewal: broker,
                preflight: PreflightSettings(zendesk: settings, egress: []), clock: clock, random: random),
            coldPreflight: ColdPreflight(
                settings: PreflightSettings(zendesk: settings, egress: []), transport: transport, clock: clock,
                random: random, limitsRates: limitsRates),
            diagnosticsLinks: DiagnosticsLinks(store: store, clock: clock, random: random),
            disconnect: Disconnect(store: store, revocations: revocations, clock: clock),
            broker: broker,
            leases: Leases(
                store: store, broker: broker, credentials: credentials, zendesk: settings, clock: clock,
                random: random),
            generations: generations,
            proxiedCalls: ProxiedCalls(
                store: store, renewal: broker, transport: streaming ?? transport, probing: transport, policy: policy,
                clock: clock, slots: ProxySlots(inAll: 8, ofConnection: 4)),
            auditLog: AuditLog(
                store: store, rootKey: rootKey, witnesses: [], clock: clock, metrics: metrics),
            keyDesk: KeyDesk(
                rotation: KeyRotation(store: store, keyring: keyring, clock: clock, random: random)),
            metrics: metrics,
            expiry: ExpiryWatch(store: store, lifetimes: settings.lifetimes, metrics: metrics, clock: clock),
            renderer: try PagesPlace.renderer(),
            settings: WebSettings(
                publicOrigin: publicOrigin, hostPolicy: policy, returnOrigins: returnOrigins,
                trustedProxies: trustedProxies, limitsRates: limitsRates,
                assetsDirectory: PagesPlace.templates.appending(path: "assets").path(percentEncoded: false)),
            clock: clock, random: random, logger: log.logger)
    }

    /// Serves on a free port while the body runs.
    func serve(
        over server: HTTPServerBuilder = .http1(), _ body: @Sendable @escaping (Site) async throws -> Void
    ) async throws {
        let (ports, continuation) = AsyncStream<Int>.makeStream()
        let application = Application(
            router: try makeRouter(web), server: server,
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in continuation.yield(channel.localAddress?.port ?? 0) },
            logger: log.logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.run() }
            for await port in ports {
                try await body(Site(world: self, port: port))
                break
            }
            group.cancelAll()
        }
    }
}

/// A server that runs, and ways to become somebody there.
struct Site: Sendable {
    let world: WebWorld
    let port: Int

    var origin: String { world.web.settings.publicOrigin }

    func browser() -> Browser { Browser(site: self) }

    /// A browser that came in through a sign-in link.
    func signedIn(tenant: String = "default", roles: Set<ConsoleRole> = [.connect]) async throws -> Browser {
        let browser = browser()
        let link = try await signInLink(tenant: tenant, roles: roles)
        let answer = try await browser.get(link)
        #expect(answer.status == 303)
        return browser
    }

    func signInLink(tenant: String = "default", roles: Set<ConsoleRole> = [.connect]) async throws -> String {
        let (token, _) = try await world.web.consoleAccess.createSignInLink(
            tenant: try #require(TenantID(tenant)), roles: roles, actor: .commandLine)
        return "/sign-in/" + token.secret.exposeText()
    }

    func key(_ scopes: Set<APIScope> = Set(APIScope.allCases), tenant: String? = nil) async throws -> String {
        let (_, token) = try await world.web.apiKeys.create(
            name: "test", scopes: scopes, tenant: try tenant.map { try #require(TenantID($0)) }, actor: .commandLine)
        return token.secret.exposeText()
    }

    /// A call of the API; a body is sent as JSON.
    func call(
        _ method: String, _ path: String, key: String?, body: String? = nil, type: String? = "application/json"
    ) async throws -> WebAnswer {
        var fields: [(String, String)] = []
        if let key { fields.append(("Authorization", "Bearer \(key)")) }
        if body != nil, let type { fields.append(("Content-Type", type)) }
        return try await send(method, path, fields, body: body.map { Array($0.utf8) })
    }

    func send(
        _ method: String, _ path: String, _ fields: [(String, String)] = [], body: [UInt8]? = nil
    ) async throws -> WebAnswer {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
        request.method = .init(rawValue: method)
        for (name, value) in fields { request.headers.add(name: name, value: value) }
        if let body { request.body = .bytes(body) }
        let response = try await Self.client.execute(request, timeout: .seconds(30))
        let content = Array(buffer: try await response.body.collect(upTo: 1 << 20))
        let answer = WebAnswer(
            status: Int(response.status.code), fields: response.headers.map { ($0.name.lowercased(), $0.value) },
            text: String(decoding: content, as: UTF8.self))
        answer.expectDescribedCode()
        return answer
    }

    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 128
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()
}

struct WebAnswer: Sendable {
    let status: Int
    /// Names in lower case.
    let fields: [(name: String, value: String)]
    let text: String

    subscript(name: String) -> String? { fields.first { $0.name == name }?.value }
    func all(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }

    var json: [String: Any]? {
        (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any]
    }

    /// The value of a hidden field; the last one of that name, because the first form of a page is the sign-out.
    func hidden(_ name: String) -> String? {
        text.split(separator: "name=\"\(name)\" value=\"", omittingEmptySubsequences: false).dropFirst().last
            .map { String($0.prefix { $0 != "\"" }) }
    }
}

extension WebAnswer {
    /// Every code that any test meets is in the API's description.
    func expectDescribedCode() {
        guard self["content-type"] == "application/problem+json", let code = json?["code"] as? String else { return }
        #expect(
            Self.describedCodes.contains(code) || code.hasPrefix("token.unavailable."),
            "\(code) is missing in templates/assets/openapi.yaml, components/schemas/ProblemCode")
    }

    /// Read by indentation: the items below `ProblemCode`.
    private static let describedCodes: Set<String> = {
        let file = PagesPlace.templates.appending(path: "assets/openapi.yaml")
        let lines = ((try? String(contentsOf: file, encoding: .utf8)) ?? "").split(separator: "\n")
        let below = lines.drop { $0 != "    ProblemCode:" }.dropFirst().prefix { $0.hasPrefix("      ") }
        return Set(below.filter { $0.hasPrefix("            - ") }.map { String($0.dropFirst(14)) })
    }()
}

/// A browser's habits as far as they matter here: a cookie jar, Fetch metadata, no redirects by itself.
final class Browser: Sendable {
    let site: Site
    private let jar = Mutex<[String: String]>([:])

    init(site: Site) { self.site = site }

    var cookies: [String: String] { jar.withLock { $0 } }

    func forget(_ name: String) { jar.withLock { _ = $0.removeValue(forKey: name) } }
    func plant(_ name: String, _ value: String) { jar.withLock { $0[name] = value } }

    /// `from`: who began the navigation; a strict cookie goes only with our own.
    func get(_ path: String, from site: String = "none", _ more: [(String, String)] = []) async throws -> WebAnswer {
        let crosses = site == "cross-site" || site == "same-site"
        let fields = [("Sec-Fetch-Site", site), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document")]
        let answer = try await exchange("GET", path, fields + more, strict: !crosses)
        // A refused callback leads on to the page that explains it; the same navigation goes there.
        guard let next = answer["location"], next.hasPrefix("/oauth/refused/") else { return answer }
        return try await exchange("GET", next, fields, strict: !crosses)
    }

    func post(
        _ path: String, _ form: [(String, String)], _ fields: [(String, String)]? = nil
    ) async throws -> WebAnswer {
        let usual = [("Sec-Fetch-Site", "same-origin"), ("Origin", "null")]
        let body = form.map { "\(Self.encoded($0.0))=\(Self.encoded($0.1))" }.joined(separator: "&")
        return try await exchange(
            "POST", path, (fields ?? usual) + [("Content-Type", "application/x-www-form-urlencoded")],
            body: Array(body.utf8))
    }

    func exchange(
        _ method: String, _ path: String, _ fields: [(String, String)], body: [UInt8]? = nil, strict: Bool = true
    ) async throws -> WebAnswer {
        let sent = cookies.filter { strict || !$0.key.contains("session") }
        let header = sent.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")
        let answer = try await site.send(
            method, path, fields + (header.isEmpty ? [] : [("Cookie", header)]), body: body)
        for cookie in answer.all("set-cookie") { take(cookie) }
        return answer
    }

    /// Opens the form and sends it.
    func connect(_ organization: String, level: String? = "read", at path: String = "/connect") async throws
        -> WebAnswer
    {
        let form = try await get(path, from: "same-origin")
        var fields = [("organization_url", organization), ("form_token", form.hidden("form_token") ?? "")]
        if let level { fields.append(("permission_level", level)) }
        if let connection = form.hidden("connection") { fields.append(("connection", connection)) }
        return try await post("/connect", fields)
    }

    /// Goes to Zendesk, signs in there, allows, and comes back: the path of the callback with its query.
    func allow(_ departure: WebAnswer, as email: String? = nil) throws -> String {
        let location = try #require(departure["location"], "no departure: \(departure.status)")
        let back = try #require(site.world.zendesk.approve(location, as: email), "not approved: \(location)")
        return String(back.dropFirst(site.origin.count))
    }

    /// The whole way; the answer of the callback.
    func connected(to organization: String, level: String = "read", at path: String = "/connect") async throws
        -> WebAnswer
    {
        let departure = try await connect(organization, level: level, at: path)
        return try await get(try allow(departure), from: "cross-site")
    }

    private func take(_ cookie: String) {
        let pair = cookie.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        jar.withLock { jar in
            let value = cookie.contains("Max-Age=0") ? nil : String(pair[1])
            jar[String(pair[0])] = value
        }
    }

    private static func encoded(_ text: String) -> String {
        text.utf8.map { octet in
            let character = Character(UnicodeScalar(octet))
            return character.isASCII && (character.isLetter || character.isNumber)
                ? String(character) : "%" + (octet < 16 ? "0" : "") + String(octet, radix: 16)
        }.joined()
    }
}

/// Every line that was logged, at every level.
final class CollectedLog: Sendable {
    private let lines = Mutex<[String]>([])

    var text: String { lines.withLock { $0.joined(separator: "\n") } }
    var count: Int { lines.withLock { $0.count } }

    var logger: Logger {
        var logger = Logger(label: "test") { _ in Handler(log: self) }
        logger.logLevel = .trace
        return logger
    }

    private func add(_ line: String) { lines.withLock { $0.append(line) } }

    private struct Handler: LogHandler {
        let log: CollectedLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        init(log: CollectedLog) { self.log = log }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
            log.add("\(event.level) \(event.message) \(all.sorted { $0.key < $1.key })")
        }
    }
}
