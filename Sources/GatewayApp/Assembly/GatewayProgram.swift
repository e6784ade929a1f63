import Gateway
import GatewayCore
import GatewayWeb
package import Logging
package import ServiceLifecycle
import Storage
import StorageSQLite
import Synchronization
import UnixSignals

/// One assembled gateway: what `latchkey serve` and the demo run.
package struct GatewayProgram: Sendable {
    /// How long requests in flight may take to end after a stop was asked for.
    static let drainTime = Duration.seconds(20)

    package let settings: Settings
    package let parts: GatewayParts
    let logger: Logger

    /// Opens the store, making the database on a first start, and assembles.
    package init(settings: Settings, logger: Logger) async throws {
        let store = try await SQLiteStore.open(path: settings.database.path, createIfMissing: true)
        do {
            parts = try await GatewayParts(settings: settings, store: store)
        } catch {
            try? store.close()
            throw error
        }
        self.settings = settings
        self.logger = logger
    }

    /// Until SIGTERM or SIGINT, then stops in order. `onReady` is called with the bound port once requests are taken.
    package func run(
        alongside others: [any Service] = [], onReady: @escaping @Sendable (Int) async -> Void
    ) async throws {
        let wasReady = Atomic(false)
        try await checkAuditLog()
        await warnOfFormerRootKey()
        var renewal = Renewal(refresher: parts.refresher, logger: logger)
        await renewal.mergeSpilled()
        let reloads = await UnixSignalsSequence(trapping: .sighup)
        var configuration = ServiceGroupConfiguration(
            services: others + [
                AuditCheckpointer(log: parts.auditLog, logger: logger),
                Sweeper(store: parts.store, clock: parts.clock, logger: logger),
                KeyringWatcher(
                    keyring: parts.keyring, rotation: parts.keyRotation, store: parts.store, clock: parts.clock,
                    node: parts.node, metrics: parts.metrics, logger: logger),
                KeyKeeper(desk: parts.keyDesk, metrics: parts.metrics, logger: logger),
                Revoker(revocations: parts.revocations, logger: logger),
                EventCourier(events: parts.events, logger: logger),
                ExpiryWatcher(watch: parts.expiry, logger: logger),
                PreflightWatcher(monitor: parts.monitor, logger: logger),
                renewal,
                SecretReloader(
                    signals: reloads, file: settings.client.secretFile, change: parts.clientSecret, logger: logger,
                    onActivation: { await parts.refresher.clientSecretChanged() }),
                try listener { port in
                    wasReady.store(true, ordering: .relaxed)
                    await recordStart()
                    await onReady(port)
                }.application(),
            ],
            gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = Self.drainTime
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch {
            await close(wasReady: wasReady.load(ordering: .relaxed))
            throw ListenFailure(error, settings: settings.listener) ?? error
        }
        await close(wasReady: true)
    }

    /// A one-time link to the console for tenant `default` with every role.
    package func signInLink() async throws -> String {
        let (token, _) = try await parts.consoleAccess.createSignInLink(
            tenant: .default, roles: Set(ConsoleRole.allCases), actor: .commandLine)
        return settings.listener.publicOrigin.text + "/sign-in/" + token.secret.exposeText()
    }

    private func listener(onRunning: @escaping @Sendable (Int) async -> Void) throws -> Listener {
        Listener(
            settings: settings.listener, router: try makeRouter(parts.web(settings, logger: logger)), logger: logger,
            onRunning: onRunning)
    }

    /// Before anything is used that an older database may be wrong about.
    private func checkAuditLog() async throws {
        _ = try await parts.auditLog.keys()
        guard let doubt = try await parts.auditLog.startCheck().explanation else { return }
        logger.critical("\(doubt.message) \(doubt.remedy ?? "")")
    }

    private func warnOfFormerRootKey() async {
        guard let path = try? await parts.store.rootKeyInUse()?.leftBehind else { return }
        logger.warning(
            "the root key was moved, and the former one still lies where it was; remove it",
            metadata: ["file": "\(path)"])
    }

    private func close(wasReady: Bool) async {
        if wasReady {
            await record(.serviceStopped)
            // The last word is signed, too.
            _ = try? await parts.auditLog.checkpoint()
            try? await parts.auditLog.publishToSlowWitnesses(isLast: true)
        }
        await parts.close()
    }

    /// With the settings' fingerprint, and an entry of its own when it is another than at the last start.
    private func recordStart() async {
        let last = try? await parts.store.lastSubject(of: .serviceStarted)
        if let last, last != settings.fingerprint { await record(.configurationChanged, settings.fingerprint) }
        await record(.serviceStarted, settings.fingerprint)
    }

    private func record(_ action: AuditAction, _ subject: String? = nil) async {
        do {
            try await parts.store.append([
                AuditEvent(at: parts.clock.now, actor: .system, action: action, subject: subject)
            ])
        } catch {
            logger.error("an audit entry could not be written", metadata: ["error": "\(ErrorName.of(error))"])
        }
    }
}
