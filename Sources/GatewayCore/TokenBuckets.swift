import FoundationEssentials
import Synchronization

/// How much at once, and how much more as time goes on.
package struct TokenBucketRule: Sendable {
    package let burst: Double
    package let perSecond: Double

    package init(burst: Double, perSecond: Double) {
        self.burst = burst
        self.perSecond = perSecond
    }
}

/// Token buckets, one for each key, in bounded memory (WEB-41).
///
/// Two generations: when the young one is full, it becomes the old one and the old one is forgotten. A flood of keys makes
/// old ones forgotten; it never fills the memory, and whoever keeps asking stays known.
package final class TokenBuckets<Key: Hashable & Sendable>: Sendable {
    private struct Bucket {
        let left: Double
        let at: TimeInterval
    }

    private struct Generations {
        var young: [Key: Bucket] = [:]
        var old: [Key: Bucket] = [:]

        subscript(key: Key) -> Bucket? { young[key] ?? old[key] }

        mutating func keep(_ bucket: Bucket, _ key: Key, _ maximumKeys: Int) {
            young[key] = bucket
            guard young.count >= maximumKeys / 2 else { return }
            old = young
            young = [:]
        }
    }

    private let maximumKeys: Int
    private let clock: any WallClock
    private let state = Mutex(Generations())

    package init(maximumKeys: Int, clock: any WallClock) {
        self.maximumKeys = maximumKeys
        self.clock = clock
    }

    package var count: Int { state.withLock { $0.young.count + $0.old.count } }

    /// One token out of each bucket, or none at all and the whole seconds to wait: who is refused by one does not empty the
    /// others.
    package func spend(_ wanted: [(key: Key, rule: TokenBucketRule)]) -> Int? {
        let now = clock.now.timeIntervalSince1970
        return state.withLock { state in
            let left = wanted.map { Self.left(state[$0.key], $0.rule, now) }
            let wait = zip(wanted, left).map { $1 < 1 ? (1 - $1) / $0.rule.perSecond : 0 }.max() ?? 0
            // A refusal makes no bucket, or refused attempts could push known ones out.
            for (wish, left) in zip(wanted, left) where wait == 0 || state[wish.key] != nil {
                state.keep(Bucket(left: wait == 0 ? left - 1 : left, at: now), wish.key, maximumKeys)
            }
            return wait == 0 ? nil : max(1, Int(wait.rounded(.up)))
        }
    }

    private static func left(_ bucket: Bucket?, _ rule: TokenBucketRule, _ now: TimeInterval) -> Double {
        guard let bucket else { return rule.burst }
        return min(rule.burst, bucket.left + max(0, now - bucket.at) * rule.perSecond)
    }
}
