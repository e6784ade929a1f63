import FoundationEssentials
import Gateway
import GatewayCore
import Logging
import ServiceLifecycle
import Storage
import TokenVault

/// Keeps this service's keyring in step with the store, says which one it holds, destroys keys whose time has come, and
/// empties the write-ahead log of what was erased.
///
/// Once a second: a promotion waits for every service that was heard of lately. So a service says that it lives whatever
/// becomes of the rest, with the keyring that it really has (KEY-03).
struct KeyringWatcher: Service {
    let keyring: LiveKeyring
    let store: any GatewayStore
    let clock: any WallClock
    let node: String
    let metrics: Metrics
    let logger: Logger
    let destructions: DueDestructions
    let remnants: RemnantPurge
    var interval = Duration.seconds(1)

    init(
        keyring: LiveKeyring, rotation: KeyRotation, store: any GatewayStore, clock: any WallClock, node: String,
        metrics: Metrics, logger: Logger
    ) {
        self.keyring = keyring
        self.store = store
        self.clock = clock
        self.node = node
        self.metrics = metrics
        self.logger = logger
        destructions = DueDestructions(rotation: rotation)
        remnants = RemnantPurge(store: store)
    }

    func run() async throws {
        let startedAt = clock.now
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                // Beside the rest, which may hang on a token that does not answer.
                group.addTask { await repeating(every: interval) { await beat(startedAt) } }
                group.addTask {
                    var wasBehind = false
                    await repeating(every: interval) { await tick(startedAt, &wasBehind) }
                }
            }
        }
        try? await store.removeNode(node)
    }

    func beat(_ startedAt: Date) async {
        do {
            try await store.heartbeat(
                GatewayNode(
                    id: node, startedAt: startedAt, seenAt: clock.now, keyringVersion: keyring.version,
                    rootKey: keyring.rootKey.checkValue))
        } catch {
            logger.error(
                "this service could not say that it runs; trying again", metadata: ["error": "\(ErrorName.of(error))"])
        }
    }

    func tick(_ startedAt: Date, _ wasBehind: inout Bool) async {
        let before = keyring.version
        do {
            try await keyring.catchUp()
            // At once, so that nobody waits longer for it than must be.
            if keyring.version != before { await beat(startedAt) }
            try await keyring.accountSeals()
            log(try await destructions.round())
            try await log(remnants.round())
        } catch {
            logger.error(
                "the keyring could not be compared with the database's; trying again",
                metadata: ["error": "\(ErrorName.of(error))"])
        }
        tell(keyring.isRootKeyBehind, &wasBehind)
    }

    private func tell(_ isBehind: Bool, _ wasBehind: inout Bool) {
        metrics.set(
            "latchkey_root_key_behind", "1 while this process does not reach the root key that the database needs.",
            to: isBehind ? 1 : 0)
        guard isBehind != wasBehind else { return }
        wasBehind = isBehind
        if isBehind {
            logger.critical(
                """
                the root key was replaced, and this process does not reach the new one: restart it with the new place \
                before the next data key is made
                """)
        } else {
            logger.notice("the root key that the database needs is within reach again")
        }
    }

    private func log(_ outcome: KeyRotation.Destructions) {
        for key in outcome.destroyed { logger.notice("a data key was destroyed", metadata: ["key": "\(key)"]) }
        for (key, refusal) in outcome.refused {
            logger.error(
                "a data key that is to be destroyed is still needed and stays",
                metadata: ["key": "\(key)", "code": "\(refusal.explanation.code)"])
        }
    }

    private func log(_ deed: RemnantPurge.Deed?) {
        switch deed {
        case nil: break
        case .held?:
            logger.warning(
                "a reader keeps the write-ahead log from being emptied; what was erased stands in it until then")
        case .purged?: logger.notice("the write-ahead log was emptied of what was erased")
        }
    }
}
