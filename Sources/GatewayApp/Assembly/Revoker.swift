import FoundationEssentials
import Gateway
import Logging
import ServiceLifecycle

/// Tries again what waits to be revoked. Reads one index entry when nothing is due.
struct Revoker: Service {
    static let interval = Duration.seconds(2)

    let revocations: RevocationQueue
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await repeating(every: Self.interval) {
                do {
                    try await revocations.runDue()
                } catch {
                    logger.warning(
                        "waiting revocations could not be tried; trying again",
                        metadata: ["error": "\(ErrorName.of(error))"])
                }
            }
        }
    }
}
