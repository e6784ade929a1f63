package import Gateway
package import GatewayCore
import OAuth
import OutboundHTTP
package import Storage
import StorageSQLite
package import TokenVault
package import ZendeskEmulator

/// Every use case of the gateway, wired to a stand-in Zendesk.
package struct SampleGateway: Sendable {
    package static let clientID = "zdg-latchkey"
    package static let clientSecret = "canary-client-secret-5f1c"
    package static let redirectURI = "http://localhost:8080/oauth/callback"

    package let standIn: EmulatorWorld
    package let policy: HostPolicy
    package let clock: HandClock
    package let transport: WatchedTransport
    package let store: TroubledStore
    package let vault: Vault
    package let rootKey: RootKey
    package let refresher: Refresher
    package let spill: SpillShelf
    package let metrics: Metrics

    package init(
        standIn: EmulatorWorld, policy: HostPolicy, clock: HandClock, transport: WatchedTransport,
        store: any GatewayStore
    ) async throws {
        self.standIn = standIn
        self.policy = policy
        self.clock = clock
        self.transport = transport
        self.store = TroubledStore(store)
        rootKey = try RootKeys.draw()
        let keyring = try await KeyringLoader(store: store, clock: clock).load(rootKey: rootKey)
        vault = Vault(keyring: keyring)
        spill = SpillShelf()
        metrics = Metrics()
        refresher = .forTests(
            store: self.store, credentials: CredentialVault(vault: vault), transport: transport,
            zendesk: Self.zendesk(policy), clock: clock, spill: spill, metrics: metrics)
    }

    package var broker: TokenBroker {
        TokenBroker(
            store: store, credentials: CredentialVault(vault: vault), clock: clock, refresher: refresher)
    }

    package var connectFlow: ConnectFlow {
        ConnectFlow(
            store: store, credentials: CredentialVault(vault: vault), transport: transport,
            zendesk: Self.zendesk(policy), revocations: revocations, clock: clock, random: SystemRandomSource())
    }

    package var diagnostics: Diagnostics {
        Diagnostics(
            store: store, credentials: CredentialVault(vault: vault), transport: transport,
            renewal: broker, preflight: preflight, clock: clock, random: SystemRandomSource(),
            metrics: metrics)
    }

    package var monitor: PreflightMonitor {
        PreflightMonitor(store: store, diagnostics: diagnostics, metrics: metrics, clock: clock)
    }

    package var diagnosticsLinks: DiagnosticsLinks {
        DiagnosticsLinks(store: store, clock: clock, random: SystemRandomSource())
    }

    package var coldPreflight: ColdPreflight {
        ColdPreflight(
            settings: preflight, transport: transport, clock: clock, random: SystemRandomSource(), limitsRates: true)
    }

    private var preflight: PreflightSettings { PreflightSettings(zendesk: Self.zendesk(policy), egress: []) }

    package var disconnect: Disconnect {
        Disconnect(store: store, revocations: revocations, clock: clock)
    }

    package var revocations: RevocationQueue {
        RevocationQueue(
            store: store, credentials: CredentialVault(vault: vault), transport: transport, policy: policy,
            clock: clock)
    }

    package var leases: Leases {
        Leases(
            store: store, broker: broker, credentials: CredentialVault(vault: vault), zendesk: Self.zendesk(policy),
            clock: clock,
            random: SystemRandomSource())
    }

    package var consoleAccess: ConsoleAccess {
        ConsoleAccess(store: store, clock: clock, random: SystemRandomSource())
    }

    package var connectSessions: ConnectSessions {
        ConnectSessions(store: store, clock: clock, random: SystemRandomSource())
    }

    package var formTokens: FormTokens { FormTokens(store: store, clock: clock, random: SystemRandomSource()) }

    package var apiKeys: APIKeys { APIKeys(store: store, clock: clock, random: SystemRandomSource()) }

    package static func zendesk(_ policy: HostPolicy) -> ZendeskSettings {
        ZendeskSettings(
            policy: policy, clientID: clientID, redirectURI: redirectURI,
            lifetimes: OAuth.TokenLifetimes(access: 172_800, refresh: 7_776_000),
            secrets: { [Secret(clientSecret)] })
    }

    /// The whole audit log, oldest first.
    package var audit: [AuditEntry] {
        get async throws { try await store.auditEntries(after: 0, limit: 100_000) }
    }
}

/// A gateway and a stand-in that talk over real HTTP, and a store of the test's choice or one in memory.
package func withGateway(
    store: (any GatewayStore)? = nil, _ body: @escaping @Sendable (SampleGateway) async throws -> Void
) async throws {
    let clock = HandClock()
    let standIn = EmulatorWorld.forTests(clock: clock)
    try await withStandIn(standIn) { policy in
        let network = OrganizationTransport()
        let gateway = try await SampleGateway(
            standIn: standIn, policy: policy, clock: clock, transport: WatchedTransport(network),
            store: store ?? SQLiteStore.inMemory())
        do {
            try await body(gateway)
        } catch {
            await network.shutdown()
            throw error
        }
        await network.shutdown()
    }
}
