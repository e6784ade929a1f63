import FoundationEssentials
import Gateway
import Logging
import ServiceLifecycle

/// Looks for ends that come near, twice a minute.
struct ExpiryWatcher: Service {
    static let interval = Duration.seconds(30)

    let watch: ExpiryWatch
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await repeating(every: Self.interval) {
                do {
                    try await watch.look()
                } catch {
                    logger.warning(
                        "the ends of connections could not be read; trying again",
                        metadata: ["error": "\(ErrorName.of(error))"])
                }
            }
        }
    }
}
