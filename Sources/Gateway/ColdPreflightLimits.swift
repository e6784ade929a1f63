import FoundationEssentials
import GatewayCore
import Synchronization

/// How often organizations may be checked that nobody has signed in to. Without this, whoever may ask could count the customers
/// of Zendesk, or have us knock at somebody's door (OA-105, URL-40).
final class ColdPreflightLimits: Sendable {
    /// A person tries a few spellings; a back end checks once for each connect. One target is asked rarely, whoever asks.
    static let perCaller = Rule(burst: 20, perSecond: 0.2)
    static let perTarget = Rule(burst: 10, perSecond: 0.1)
    static let overall = Rule(burst: 100, perSecond: 2)
    /// Buckets that are full again are forgotten when there are more than this.
    static let maximumBuckets = 20_000

    struct Rule {
        let burst: Double
        let perSecond: Double
    }

    private enum Key: Hashable {
        case caller(String)
        case target(String)
        case everybody
    }

    private struct Bucket {
        var left: Double
        var at: TimeInterval
    }

    private let isOn: Bool
    private let clock: any WallClock
    private let buckets = Mutex<[Key: Bucket]>([:])

    init(isOn: Bool, clock: any WallClock) {
        self.isOn = isOn
        self.clock = clock
    }

    /// All three buckets or none: who is refused by one does not empty the others.
    func spend(caller: String, target: String) throws(ColdPreflightRefusal) {
        guard isOn else { return }
        let now = clock.now.timeIntervalSince1970
        let wanted: [(Key, Rule)] = [
            (.caller(caller), Self.perCaller), (.target(target), Self.perTarget), (.everybody, Self.overall),
        ]
        let wait = buckets.withLock { buckets in
            let filled = wanted.map { key, rule in
                (key, rule, Self.left(buckets[key], rule, now))
            }
            let wait = filled.map { _, rule, left in left < 1 ? (1 - left) / rule.perSecond : 0 }.max() ?? 0
            guard wait == 0 else { return wait }
            for (key, _, left) in filled { buckets[key] = Bucket(left: left - 1, at: now) }
            if buckets.count > Self.maximumBuckets { Self.forget(&buckets, now) }
            return 0
        }
        if wait > 0 { throw .tooMany(retryAfter: max(1, Int(wait.rounded(.up)))) }
    }

    private static func left(_ bucket: Bucket?, _ rule: Rule, _ now: TimeInterval) -> Double {
        guard let bucket else { return rule.burst }
        return min(rule.burst, bucket.left + max(0, now - bucket.at) * rule.perSecond)
    }

    /// The overall limit keeps this rare: twenty thousand callers need hours.
    private static func forget(_ buckets: inout [Key: Bucket], _ now: TimeInterval) {
        let refill = max(perCaller.burst / perCaller.perSecond, perTarget.burst / perTarget.perSecond)
        buckets = buckets.filter { $0.key == .everybody || now - $0.value.at < refill }
    }
}
