import FoundationEssentials
import Gateway
import Logging
import ServiceLifecycle

/// Looks once a second whether a receiver has something to be told. Each is served by a task of its own, so that one
/// that hangs until its deadline delays nobody else.
struct EventCourier: Service {
    static let interval = Duration.seconds(1)

    let events: EventDelivery
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                await repeating(every: Self.interval) {
                    for receiver in await receivers() {
                        group.addTask { await deliver(to: receiver) }
                    }
                }
                group.cancelAll()
            }
        }
    }

    private func receivers() async -> [EventDelivery.Receiver] {
        do {
            return try await events.receivers()
        } catch {
            logger.warning(
                "the receivers of events could not be read; trying again", metadata: ["error": "\(ErrorName.of(error))"]
            )
            return []
        }
    }

    private func deliver(to receiver: EventDelivery.Receiver) async {
        do {
            try await events.deliver(to: receiver)
        } catch {
            logger.warning(
                "events could not be delivered; trying again",
                metadata: ["receiver": "\(receiver.name)", "error": "\(ErrorName.of(error))"])
        }
    }
}
