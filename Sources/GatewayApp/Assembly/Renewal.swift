import FoundationEssentials
import Gateway
import Logging
import ServiceLifecycle

/// Keeps every connection's tokens alive. Saves first what the last run could not save.
struct Renewal: Service {
    let refresher: Refresher
    let logger: Logger

    func run() async throws {
        var found: Set<String> = []
        await mergeSpilled(&found)
        let (scheduler, reported) = (RefreshScheduler(refresher), found)
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await lookAround(reported) }
                await scheduler.run()
            }
        }
    }

    /// What another process could not save, and what an operator has to hear once.
    private func lookAround(_ reported: Set<String>) async {
        var known = reported
        var storm: Date?
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(30))
            await mergeSpilled(&known)
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

    private func mergeSpilled(_ known: inout Set<String>) async {
        for name in await refresher.mergeSpilled() where known.insert(name).inserted {
            logger.error(
                "a token set in the spill directory fits no connection; it stays there", metadata: ["file": "\(name)"])
        }
    }
}
