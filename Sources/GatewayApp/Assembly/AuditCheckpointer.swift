import Gateway
import Logging
import ServiceLifecycle

/// Signs the audit log once a second while it grows: what was written before can no longer be taken back unseen.
struct AuditCheckpointer: Service {
    static let interval = Duration.seconds(1)

    let log: AuditLog
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            // A receiver that does not answer must not keep checkpoints from the file.
            async let slow: Void = everySecond { try await log.publishToSlowWitnesses() }
            await everySecond {
                // Somebody may have accepted a restored database meanwhile.
                if log.standing.isDoubtful { try await log.startCheck() }
                try await log.checkpoint()
            }
            await slow
        }
    }

    private func everySecond(_ work: () async throws -> Void) async {
        var isFailing = false
        await repeating(every: Self.interval) { isFailing = await step(wasFailing: isFailing, work) }
    }

    /// True when it did not work. Said once, not every second.
    private func step(wasFailing: Bool, _ work: () async throws -> Void) async -> Bool {
        do {
            try await work()
            if wasFailing { logger.notice("audit checkpoints are kept again") }
            return false
        } catch {
            if !wasFailing {
                logger.error(
                    "an audit checkpoint could not be kept; trying every second",
                    metadata: ["error": "\(ErrorName.of(error))"])
            }
            return true
        }
    }
}
