import FoundationEssentials
import Gateway
import GatewayCore
import Logging
import ServiceLifecycle
import Storage

/// Keeps this service's keyring in step with the store, says so, destroys keys whose time has come, and empties the
/// write-ahead log of what was erased.
///
/// Once a second: a promotion waits for every service that was heard of lately.
struct KeyringWatcher: Service {
    static let interval = Duration.seconds(1)

    let keyring: LiveKeyring
    let rotation: KeyRotation
    let store: any GatewayStore
    let clock: any WallClock
    let node: String
    let logger: Logger
    let remnants: RemnantPurge

    init(
        keyring: LiveKeyring, rotation: KeyRotation, store: any GatewayStore, clock: any WallClock, node: String,
        logger: Logger
    ) {
        self.keyring = keyring
        self.rotation = rotation
        self.store = store
        self.clock = clock
        self.node = node
        self.logger = logger
        remnants = RemnantPurge(store: store)
    }

    func run() async throws {
        let startedAt = clock.now
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await tick(startedAt)
                try? await Task.sleep(for: Self.interval)
            }
        }
        try? await store.removeNode(node)
    }

    private func tick(_ startedAt: Date) async {
        do {
            try await keyring.catchUp()
            try await keyring.accountSeals()
            try await store.heartbeat(
                GatewayNode(id: node, startedAt: startedAt, seenAt: clock.now, keyringVersion: keyring.version))
            for key in try await rotation.destroyDue() {
                logger.notice("a data key was destroyed", metadata: ["key": "\(key)"])
            }
            try await log(remnants.round())
        } catch {
            logger.error(
                "the keyring could not be compared with the database's; trying again",
                metadata: ["error": "\(ErrorName.of(error))"])
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
