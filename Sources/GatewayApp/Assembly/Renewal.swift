import FoundationEssentials
import Gateway
import Logging
import ServiceLifecycle

/// Keeps every connection's tokens alive.
struct Renewal: Service {
    let refresher: Refresher
    let logger: Logger
    /// Files in the spill that were named before.
    private var named: Set<String> = []

    init(refresher: Refresher, logger: Logger) {
        self.refresher = refresher
        self.logger = logger
    }

    /// Saves what the last run could not save: before anybody is answered, for who asks for a token must not send one that
    /// those have replaced.
    mutating func mergeSpilled() async {
        for name in await refresher.mergeSpilled() where named.insert(name).inserted {
            logger.error(
                "a token set in the spill directory fits no connection; it stays there", metadata: ["file": "\(name)"])
        }
    }

    func run() async throws {
        let scheduler = RefreshScheduler(refresher)
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await lookAround() }
                await scheduler.run()
            }
        }
    }

    /// What another process could not save, and what an operator has to hear once.
    private func lookAround() async {
        var watch = self
        var storm: Date?
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(30))
            await watch.mergeSpilled()
            let since = await refresher.stormSince
            if let since, since != storm {
                logger.critical(
                    """
                    Zendesk refuses the grants of many connections: each needs somebody's authorization. \
                    'latchkey connections reconnect-links' makes a link for each.
                    """, metadata: ["since": "\(since.formatted(.iso8601))"])
            }
            storm = since
        }
    }
}
