import GatewayCore

/// How often organizations may be checked that nobody has signed in to. Without this, whoever may ask could count the customers
/// of Zendesk, or have us knock at somebody's door (OA-105, URL-40).
final class ColdPreflightLimits: Sendable {
    /// A person tries a few spellings; a back end checks once for each connect. One target is asked rarely, whoever asks.
    static let perCaller = TokenBucketRule(burst: 20, perSecond: 0.2)
    static let perTarget = TokenBucketRule(burst: 10, perSecond: 0.1)
    /// Also what keeps every bucket known until it is full again: it takes hours to ask for so many as are kept.
    static let overall = TokenBucketRule(burst: 100, perSecond: 2)
    static let maximumBuckets = 20_000

    private enum Key: Hashable {
        case caller(String)
        case target(String)
        case everybody
    }

    private let isOn: Bool
    private let buckets: TokenBuckets<Key>

    init(isOn: Bool, clock: any WallClock) {
        self.isOn = isOn
        buckets = TokenBuckets(maximumKeys: Self.maximumBuckets, clock: clock)
    }

    func spend(caller: String, target: String) throws(ColdPreflightRefusal) {
        guard isOn else { return }
        let wait = buckets.spend([
            (.caller(caller), Self.perCaller), (.target(target), Self.perTarget), (.everybody, Self.overall),
        ])
        if let wait { throw .tooMany(retryAfter: wait) }
    }
}
