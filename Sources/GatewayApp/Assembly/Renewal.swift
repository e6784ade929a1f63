import Gateway
import Logging
import ServiceLifecycle

/// Keeps every connection's tokens alive. Saves first what the last run could not save.
struct Renewal: Service {
    let refresher: Refresher
    let logger: Logger

    func run() async throws {
        for name in await refresher.mergeSpilled() {
            logger.error(
                "a token set in the spill directory fits no connection; it stays there", metadata: ["file": "\(name)"])
        }
        let scheduler = RefreshScheduler(refresher)
        await cancelWhenGracefulShutdown { await scheduler.run() }
    }
}
