import FoundationEssentials
import Gateway
import GatewayCore
import Synchronization

/// Refusals that wait to be shown at an address without code and state (WEB-27).
///
/// In memory and bounded: whoever looks later, or at another node, is told in general terms.
final class RefusedCallbacks: Sendable {
    private static let lifetime: TimeInterval = 10 * 60
    private static let maximum = 1_000

    private struct Kept {
        let refusal: ConnectRefusal
        let until: Date
    }

    private let clock: any WallClock
    private let kept = Mutex<[String: Kept]>([:])

    init(clock: any WallClock) { self.clock = clock }

    func keep(_ refusal: ConnectRefusal, as reference: String) {
        let now = clock.now
        kept.withLock { kept in
            if kept.count >= Self.maximum { kept = kept.filter { $0.value.until > now } }
            if kept.count >= Self.maximum { kept.removeAll() }
            kept[reference] = Kept(refusal: refusal, until: now.addingTimeInterval(Self.lifetime))
        }
    }

    func refusal(_ reference: String) -> ConnectRefusal? {
        let now = clock.now
        return kept.withLock { $0[reference] }.flatMap { $0.until > now ? $0.refusal : nil }
    }
}
