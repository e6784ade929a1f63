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
    package let disconnect: Disconnect
    package let formTokens: FormTokens
    package let broker: TokenBroker
    package let revocations: RevocationQueue
    package let metrics = Metrics()
    let transport: OrganizationTransport
    let clock: any WallClock
    let random: any RandomSource

    package init(
        settings: Settings, store: SQLiteStore, clock: any WallClock = SystemClock(),
        random: any RandomSource = SystemRandomSource()
    ) async throws {
        let keyring = try await KeyringLoader(store: store, clock: clock).load(rootKey: settings.rootKey)
        let credentials = CredentialVault(vault: Vault(keyring: keyring))
        let transport = OrganizationTransport(caFile: settings.zendesk.caFile)
        let policy = settings.zendesk.policy
        self.store = store
        self.transport = transport
        self.clock = clock
        self.random = random
        consoleAccess = ConsoleAccess(store: store, clock: clock, random: random)
        apiKeys = APIKeys(store: store, clock: clock, random: random)
        connectSessions = ConnectSessions(store: store, clock: clock, random: random)
        formTokens = FormTokens(store: store, clock: clock, random: random)
        connectFlow = ConnectFlow(
            store: store, credentials: credentials, transport: transport, zendesk: settings.zendeskForUse,
            clock: clock, random: random)
        diagnostics = Diagnostics(
            store: store, credentials: credentials, transport: transport, preflight: settings.preflight, clock: clock,
            random: random)
        coldPreflight = ColdPreflight(
            settings: settings.preflight, transport: transport, clock: clock, random: random,
            limitsRates: settings.site.limitsRates)
        broker = TokenBroker(store: store, credentials: credentials, clock: clock)
        revocations = RevocationQueue(store: store, transport: transport, policy: policy, clock: clock)
        disconnect = Disconnect(
            store: store, credentials: credentials, transport: transport, policy: policy, clock: clock)
    }

    /// What the routes are given.
    func web(_ settings: Settings, logger: Logger) -> WebDependencies {
        WebDependencies(
            store: store, consoleAccess: consoleAccess, formTokens: formTokens, apiKeys: apiKeys,
            connectSessions: connectSessions, connectFlow: connectFlow, diagnostics: diagnostics,
            coldPreflight: coldPreflight, disconnect: disconnect, broker: broker, metrics: metrics,
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
