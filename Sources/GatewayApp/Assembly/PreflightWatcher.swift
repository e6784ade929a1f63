import Gateway
import Logging
import ServiceLifecycle

/// Looks every few seconds whether a connection is due for a check. Reads one index entry when none is.
struct PreflightWatcher: Service {
    static let interval = Duration.seconds(5)
    static let roundsBetweenTidying = 60

    let monitor: PreflightMonitor
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var round = 0
            await repeating(every: Self.interval) {
                await attempt("due checks") { try await monitor.lookAtDue() }
                if round % Self.roundsBetweenTidying == 0 {
                    await attempt("old checks") { try await monitor.tidy() }
                }
                round += 1
            }
        }
    }

    private func attempt(_ what: String, _ work: () async throws -> Void) async {
        do {
            try await work()
        } catch {
            logger.warning(
                "\(what) could not be worked on; trying again", metadata: ["error": "\(ErrorName.of(error))"])
        }
    }
}
