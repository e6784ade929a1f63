import FoundationEssentials
import Gateway
import GatewayCore
import GatewayWeb
import Logging
import OAuth
import Storage
import StorageSQLite
import TestSupport
import TokenVault

/// The whole gateway over a database file and a stand-in in the same process; rate limits off, nothing logged.
struct BenchGateway: Sendable {
    static let origin = "http://localhost:8080"

    let web: WebDependencies
    let vault: Vault

    init(store: SQLiteStore, transport: Bridge) async throws {
        try await self.init(store: store, transport: transport, streaming: transport)
    }

    init(store: SQLiteStore, transport: any HTTPTransport, streaming: any StreamingTransport) async throws {
        let (clock, random) = (SystemClock(), SystemRandomSource())
        let policy = try HostPolicy(parsing: "zendesk.localhost:9443", usesPlainHTTP: true)
        let rootKey = try RootKeys.draw()
        let keyring = try await LiveKeyring(store: store, rootKey: rootKey, clock: clock)
        // What is planted counts against nobody's seals.
        vault = Vault(keyring: try await KeyringLoader(store: store, clock: clock).load(rootKey: rootKey))
        let credentials = CredentialVault(keyring: keyring)
        let zendesk = ZendeskSettings(
            policy: policy, clientID: "latchkey", redirectURI: Self.origin + "/oauth/callback",
            lifetimes: OAuth.TokenLifetimes(access: 172_800, refresh: 7_776_000), secrets: { [Secret("secret")] })
        var logger = Logger(label: "bench")
        logger.logLevel = .critical
        let broker = TokenBroker(
            store: store, credentials: credentials, clock: clock,
            refresher: .forTests(
                store: store, credentials: credentials, transport: transport, zendesk: zendesk, clock: clock))
        let revocations = RevocationQueue(
            store: store, credentials: credentials, transport: transport, policy: policy, clock: clock)
        web = WebDependencies(
            store: store, consoleAccess: ConsoleAccess(store: store, clock: clock, random: random),
            formTokens: FormTokens(store: store, clock: clock, random: random),
            apiKeys: APIKeys(store: store, clock: clock, random: random),
            connectSessions: ConnectSessions(store: store, clock: clock, random: random),
            connectFlow: ConnectFlow(
                store: store, credentials: credentials, transport: transport, zendesk: zendesk,
                revocations: revocations, clock: clock, random: random),
            diagnostics: Diagnostics(
                store: store, credentials: credentials, transport: transport, renewal: broker,
                preflight: PreflightSettings(zendesk: zendesk, egress: []), clock: clock, random: random),
            coldPreflight: ColdPreflight(
                settings: PreflightSettings(zendesk: zendesk, egress: []), transport: transport, clock: clock,
                random: random, limitsRates: false),
            diagnosticsLinks: DiagnosticsLinks(store: store, clock: clock, random: random),
            disconnect: Disconnect(store: store, revocations: revocations, clock: clock),
            broker: broker,
            leases: Leases(
                store: store, broker: broker, credentials: credentials, zendesk: zendesk, clock: clock,
                random: random),
            generations: GenerationWatch(store: store),
            proxiedCalls: ProxiedCalls(
                store: store, renewal: broker, transport: streaming, probing: transport, policy: policy, clock: clock),
            auditLog: AuditLog(
                store: store, rootKey: try RootKeys.draw(), witnesses: [], clock: clock, metrics: Metrics()),
            keyDesk: KeyDesk(
                rotation: KeyRotation(store: store, keyring: keyring, clock: clock, random: random)),
            metrics: Metrics(),
            expiry: ExpiryWatch(store: store, lifetimes: zendesk.lifetimes, metrics: Metrics(), clock: clock),
            renderer: try PageRenderer(directory: "templates"),
            settings: WebSettings(
                publicOrigin: Self.origin, hostPolicy: policy, returnOrigins: [], trustedProxies: [],
                limitsRates: false, assetsDirectory: "templates/assets"),
            clock: clock, random: random, logger: logger)
    }

    /// A connection as it stands after a connect, without one.
    func connect(_ subdomain: String, in store: SQLiteStore) async throws -> ConnectionID {
        let id = ConnectionID(random: SystemRandomSource())
        let now = Date.now
        let connection = Connection(
            id: id, tenant: .default, subdomain: subdomain, permissionLevel: .read, grantedScopes: ScopeSet(["read"]),
            status: .active, connectedBy: ZendeskPerson(id: 7, name: "Ada", email: nil, role: "admin"),
            accountFingerprint: nil, createdAt: now, updatedAt: now, generation: 1,
            accessTokenExpiresAt: now.addingTimeInterval(172_800),
            refreshTokenExpiresAt: now.addingTimeInterval(7_776_000))
        let (access, refresh) = (try seal("access_token", of: connection), try seal("refresh_token", of: connection))
        try await store.saveConnected(
            connection,
            credential: SealedCredential(
                connection: id, generation: 1, accessToken: access.bytes, refreshToken: refresh.bytes,
                keyID: access.keyID.description),
            replacing: nil, audit: [])
        return id
    }

    private func seal(_ column: String, of connection: Connection) throws -> SealedRecord {
        let token = Secret(Array(repeating: UInt8(ascii: "t"), count: 64))
        return try vault.seal(
            token,
            in: SealingContext(
                tenant: connection.tenant.text, table: "credentials", row: connection.id.text, column: column,
                generation: 1, organization: connection.subdomain))
    }
}
