import FoundationEssentials
import GatewayCore
import Logging
import ServiceLifecycle
import Storage

/// Forgets what has expired, once a minute: verifiers of connects that never came back, links, sessions, form tokens.
struct Sweeper: Service {
    static let interval = Duration.seconds(60)
    /// How long a connect that never came back is shown before it is forgotten.
    static let pendingMemory: TimeInterval = 24 * 60 * 60

    /// How long an ended lease is known: who gives it back late is told nothing odd.
    static let leaseMemory: TimeInterval = 60 * 60

    let store: any GatewayStore
    let clock: any WallClock
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await repeating(every: Self.interval) { await sweep() }
        }
    }

    private func sweep() async {
        let now = clock.now
        do {
            try await store.sweepPendingAuthorizations(
                now: now, forgetting: now.addingTimeInterval(-Self.pendingMemory))
            try await store.sweepSessions(now: now)
            try await store.sweepLeases(endedBefore: now.addingTimeInterval(-Self.leaseMemory))
        } catch {
            logger.warning(
                "expired things could not be removed; trying again", metadata: ["error": "\(ErrorName.of(error))"])
        }
    }
}
