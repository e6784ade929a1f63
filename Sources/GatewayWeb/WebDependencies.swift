package import Gateway
package import GatewayCore
package import Logging
package import Storage

/// Everything that pages and API need, put together once at start.
package struct WebDependencies: Sendable {
    package let store: any GatewayStore
    package let consoleAccess: ConsoleAccess
    package let formTokens: FormTokens
    package let apiKeys: APIKeys
    package let connectSessions: ConnectSessions
    package let connectFlow: ConnectFlow
    package let diagnostics: Diagnostics
    package let coldPreflight: ColdPreflight
    package let diagnosticsLinks: DiagnosticsLinks
    package let disconnect: Disconnect
    package let broker: TokenBroker
    package let auditLog: AuditLog
    package let leases: Leases
    package let generations: GenerationWatch
    package let proxiedCalls: ProxiedCalls
    package let keyDesk: KeyDesk
    package let metrics: Metrics
    package let expiry: ExpiryWatch
    package let renderer: PageRenderer
    package let settings: WebSettings
    package let clock: any WallClock
    package let random: any RandomSource
    package let logger: Logger

    package init(
        store: any GatewayStore, consoleAccess: ConsoleAccess, formTokens: FormTokens, apiKeys: APIKeys,
        connectSessions: ConnectSessions, connectFlow: ConnectFlow, diagnostics: Diagnostics,
        coldPreflight: ColdPreflight,
        diagnosticsLinks: DiagnosticsLinks,
        disconnect: Disconnect,
        broker: TokenBroker,
        leases: Leases,
        generations: GenerationWatch,
        proxiedCalls: ProxiedCalls,
        auditLog: AuditLog,
        keyDesk: KeyDesk,
        metrics: Metrics,
        expiry: ExpiryWatch,
        renderer: PageRenderer,
        settings: WebSettings,
        clock: any WallClock,
        random: any RandomSource, logger: Logger
    ) {
        self.store = store
        self.consoleAccess = consoleAccess
        self.formTokens = formTokens
        self.apiKeys = apiKeys
        self.connectSessions = connectSessions
        self.connectFlow = connectFlow
        self.diagnostics = diagnostics
        self.coldPreflight = coldPreflight
        self.diagnosticsLinks = diagnosticsLinks
        self.disconnect = disconnect
        self.broker = broker
        self.auditLog = auditLog
        self.leases = leases
        self.generations = generations
        self.proxiedCalls = proxiedCalls
        self.keyDesk = keyDesk
        self.metrics = metrics
        self.expiry = expiry
        self.renderer = renderer
        self.settings = settings
        self.clock = clock
        self.random = random
        self.logger = logger
    }
}

/// How browsers and programs see this installation.
package struct WebSettings: Sendable {
    /// `https://latchkey.example.com`: scheme, host and, where it is not the usual one, port; no slash at the end.
    package let publicOrigin: String
    package let hostPolicy: HostPolicy
    /// Origins that a `return_url` may have.
    package let returnOrigins: [String]
    /// Whose word is taken for where a request comes from.
    package let trustedProxies: [IPRange]
    /// False only for load tests on loopback.
    package let limitsRates: Bool
    /// The directory of stylesheet and icon.
    package let assetsDirectory: String

    package var isHTTPS: Bool { publicOrigin.hasPrefix("https://") }

    package init(
        publicOrigin: String, hostPolicy: HostPolicy, returnOrigins: [String], trustedProxies: [IPRange],
        limitsRates: Bool, assetsDirectory: String
    ) {
        self.publicOrigin = publicOrigin
        self.hostPolicy = hostPolicy
        self.returnOrigins = returnOrigins
        self.trustedProxies = trustedProxies
        self.limitsRates = limitsRates
        self.assetsDirectory = assetsDirectory
    }
}
