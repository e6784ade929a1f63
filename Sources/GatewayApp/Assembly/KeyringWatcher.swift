import FoundationEssentials
import Gateway
import GatewayCore
import Logging
import ServiceLifecycle
import Storage

/// Keeps this service's keyring in step with the store, says so, and destroys keys whose time has come.
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
        } catch {
            logger.error(
                "the keyring could not be compared with the database's; trying again",
                metadata: ["error": "\(ErrorName.of(error))"])
        }
    }
}
