import Gateway
import GatewayCore
import Logging
import ServiceLifecycle

/// Does the reseals that were begun over the API or on the Security page, those that a process which is gone left behind,
/// and the rotations that are due. The age of the primary key is watched beside a reseal, which may rest for days (KEY-23).
struct KeyKeeper: Service {
    let desk: KeyDesk
    let metrics: Metrics
    let logger: Logger
    var interval = Duration.seconds(1)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await repeating(every: interval) { await reseal() } }
                group.addTask {
                    var standing = KeySchedule.Standing.young
                    await repeating(every: interval) { await watch(&standing) }
                }
            }
        }
    }

    private func reseal() async {
        await attempt { for deed in try await desk.reseal() where !Task.isCancelled { log(deed) } }
    }

    private func watch(_ standing: inout KeySchedule.Standing) async {
        await attempt {
            for deed in try await desk.lookAfter() where !Task.isCancelled { log(deed) }
            let (now, share) = try await desk.primaryStanding()
            metrics.set(
                "latchkey_primary_key_used_ratio",
                "How much of its time or its seals the primary data key has used up.",
                to: share)
            if now != standing { warn(now) }
            standing = now
        }
    }

    private func attempt(_ body: () async throws -> Void) async {
        do {
            try await body()
        } catch {
            guard !Task.isCancelled else { return }
            logger.error(
                "the data keys could not be looked after; trying again", metadata: ["error": "\(ErrorName.of(error))"])
        }
    }

    private func log(_ deed: KeyDesk.Deed) {
        switch deed {
        case .resealed(let target, let records):
            logger.notice("records were resealed", metadata: ["key": "\(target)", "records": "\(records)"])
        case .proved(true): logger.notice("no record needs a former data key")
        case .proved(false): logger.error("a record does not open with the primary data key; see keys verify")
        case .stopped(let code):
            logger.error("a reseal stopped and will be tried again", metadata: ["code": "\(code)"])
        case .rotationBegun(let target): logger.notice("data keys are rotated", metadata: ["key": "\(target)"])
        }
    }

    private func warn(_ standing: KeySchedule.Standing) {
        switch standing {
        case .young: break
        case .ageing: logger.warning("the primary data key will be rotated soon")
        case .due: logger.warning("the primary data key is to be rotated now")
        case .overdue: logger.critical("the primary data key is overdue for rotation")
        case .blocked: logger.critical("the primary data key is overdue for rotation, and nothing is sealed any more")
        }
    }
}
