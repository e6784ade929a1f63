package import Gateway
package import GatewayCore
import GatewayWeb
import Logging
import OutboundHTTP
package import StorageSQLite
import TokenVault

/// Store, vault, transport and use cases of one installation, put together. Dependencies in, nothing global.
package struct GatewayParts: Sendable {
    package let store: SQLiteStore
    package let consoleAccess: ConsoleAccess
    package let apiKeys: APIKeys
    package let connectSessions: ConnectSessions
    package let connectFlow: ConnectFlow
    package let diagnostics: Diagnostics
    package let coldPreflight: ColdPreflight
    package let diagnosticsLinks: DiagnosticsLinks
    package let monitor: PreflightMonitor
    package let disconnect: Disconnect
    package let formTokens: FormTokens
    package let refresher: Refresher
    package let broker: TokenBroker
    package let leases: Leases
    package let generations: GenerationWatch
    package let proxiedCalls: ProxiedCalls
    package let revocations: RevocationQueue
    package let auditLog: AuditLog
    package let metrics: Metrics
    package let keyring: LiveKeyring
    package let keyRotation: KeyRotation
    package let keyDesk: KeyDesk
    package let rootKeyReplacement: RootKeyReplacement
    /// Names this process among those that share the store.
    let node: String
    package let webhooks: WebhookEndpoints
    package let events: EventDelivery
    package let expiry: ExpiryWatch
    package let clientSecret: ClientSecretChange
    package let secretWatch: ClientSecretWatch
    let transport: OrganizationTransport
    let clock: any WallClock
    let random: any RandomSource

    package init(
        settings: Settings, store: SQLiteStore, clock: any WallClock = SystemClock(),
        random: any RandomSource = SystemRandomSource()
    ) async throws {
        let rootKey = try await LiveRootKey(
            choosing: settings.rootKeys, from: settings.rootKey.source, store: store,
            lock: settings.database.rootKeyLock)
        keyring = try await LiveKeyring(store: store, rootKey: rootKey, clock: clock)
        node = "node-" + Base32.encode(random.bytes(5))
        rootKeyReplacement = RootKeyReplacement(
            store: store, keyring: keyring, source: settings.rootKey.source, lockPath: settings.database.rootKeyLock,
            clock: clock)
        let spill = SpillDirectory(path: settings.database.spillDirectory)
        keyRotation = KeyRotation(
            store: store, keyring: keyring, clock: clock, random: random, node: node, spill: spill)
        keyDesk = KeyDesk(rotation: keyRotation, schedule: settings.keys.schedule)
        let credentials = CredentialVault(keyring: keyring)
        let transport = OrganizationTransport(caFile: settings.zendesk.caFile)
        let policy = settings.zendesk.policy
        let metrics = Metrics()
        self.store = store
        self.metrics = metrics
        self.transport = transport
        self.clock = clock
        self.random = random
        let auditLog = AuditLog(
            store: store, rootKey: rootKey, witnesses: settings.audit.witnesses, clock: clock, metrics: metrics)
        self.auditLog = auditLog
        consoleAccess = ConsoleAccess(store: store, clock: clock, random: random)
        apiKeys = APIKeys(store: store, clock: clock, random: random)
        connectSessions = ConnectSessions(store: store, clock: clock, random: random)
        formTokens = FormTokens(store: store, clock: clock, random: random)
        secretWatch = ClientSecretWatch(clock: clock, metrics: metrics)
        let zendesk = settings.zendesk(watchedBy: secretWatch)
        clientSecret = ClientSecretChange(
            store: store, transport: transport, zendesk: zendesk, watch: secretWatch, clock: clock, random: random)
        revocations = RevocationQueue(
            store: store, credentials: credentials, transport: transport, policy: policy, clock: clock, random: random)
        connectFlow = ConnectFlow(
            store: store, credentials: credentials, transport: transport, zendesk: zendesk, revocations: revocations,
            clock: clock, random: random)
        coldPreflight = ColdPreflight(
            settings: settings.preflight, transport: transport, clock: clock, random: random,
            limitsRates: settings.site.limitsRates)
        let generations = GenerationWatch(store: store)
        self.generations = generations
        refresher = Refresher(
            RefreshDependencies(
                store: store, credentials: credentials, transport: transport, zendesk: zendesk,
                revocations: revocations, spill: spill, clock: clock,
                random: random, metrics: metrics, isDatabaseDoubtful: { auditLog.standing.isDoubtful },
                announce: { generations.announce($0) }))
        broker = TokenBroker(store: store, credentials: credentials, clock: clock, refresher: refresher)
        diagnostics = Diagnostics(
            store: store, credentials: credentials, transport: transport, renewal: broker,
            preflight: settings.preflight, clock: clock, random: random, metrics: metrics)
        diagnosticsLinks = DiagnosticsLinks(store: store, clock: clock, random: random)
        monitor = PreflightMonitor(store: store, diagnostics: diagnostics, metrics: metrics, clock: clock)
        leases = Leases(
            store: store, broker: broker, credentials: credentials, zendesk: zendesk, clock: clock, random: random)
        proxiedCalls = ProxiedCalls(
            store: store, renewal: broker, transport: transport, probing: transport, policy: policy, clock: clock)
        disconnect = Disconnect(store: store, revocations: revocations, clock: clock)
        webhooks = WebhookEndpoints(store: store, credentials: credentials, clock: clock, random: random)
        events = EventDelivery(
            store: store, credentials: credentials, transport: WebhookSender(), configured: settings.eventReceiver,
            metrics: metrics, clock: clock, random: random)
        expiry = ExpiryWatch(store: store, lifetimes: settings.client.lifetimes, metrics: metrics, clock: clock)
    }

    /// What the routes are given.
    func web(_ settings: Settings, logger: Logger) -> WebDependencies {
        WebDependencies(
            store: store, consoleAccess: consoleAccess, formTokens: formTokens, apiKeys: apiKeys,
            connectSessions: connectSessions, connectFlow: connectFlow, diagnostics: diagnostics,
            coldPreflight: coldPreflight,
            diagnosticsLinks: diagnosticsLinks,
            disconnect: disconnect,
            broker: broker,
            leases: leases,
            generations: generations,
            proxiedCalls: proxiedCalls,
            auditLog: auditLog,
            keyDesk: keyDesk,
            metrics: metrics,
            expiry: expiry,
            renderer: settings.site.renderer,
            settings: settings.web, clock: clock,
            random: random, logger: logger)
    }

    /// Closes connections to Zendesk and the database.
    package func close() async {
        await transport.shutdown()
        try? store.close()
    }
}
