import GatewayCore
import HTTPTypes
import Hummingbird

/// Who may do what how often (WEB-41). The numbers fit a person and a busy back end.
final class RateLimits: Sendable {
    /// What is limited, each with a bucket of its own for every caller.
    enum Activity: Sendable, Hashable {
        /// Any request from an address.
        case request
        /// Trying a sign-in or connect link.
        case link
        /// Starting a connect.
        case connect
        /// Coming back from Zendesk.
        case callback
        /// Running preflight.
        case preflight
        /// Renewing a connection by hand.
        case refresh
        /// An API call with a key.
        case api
        /// An API call without a valid key.
        case badKey
        /// A stranger's denial that is written down. Not a limit on what is asked, only on what the audit log keeps of it.
        case recordedDenial

        var rule: TokenBucketRule {
            switch self {
            case .request: TokenBucketRule(burst: 400, perSecond: 100)
            case .link: TokenBucketRule(burst: 20, perSecond: 0.2)
            case .connect: TokenBucketRule(burst: 30, perSecond: 0.5)
            case .callback: TokenBucketRule(burst: 30, perSecond: 0.5)
            case .preflight: TokenBucketRule(burst: 20, perSecond: 0.2)
            case .refresh: TokenBucketRule(burst: 10, perSecond: 0.1)
            case .api: TokenBucketRule(burst: 600, perSecond: 200)
            case .badKey: TokenBucketRule(burst: 20, perSecond: 0.5)
            case .recordedDenial: TokenBucketRule(burst: 20, perSecond: 0.2)
            }
        }
    }

    private struct Key: Hashable {
        let activity: Activity
        let caller: String
    }

    private let isOn: Bool
    private let buckets: TokenBuckets<Key>

    init(isOn: Bool, clock: any WallClock, maximumKeys: Int = 100_000) {
        self.isOn = isOn
        buckets = TokenBuckets(maximumKeys: maximumKeys, clock: clock)
    }

    /// Throws with the time to wait when the caller's bucket is empty.
    func spend(_ activity: Activity, by caller: String) throws {
        guard isOn else { return }
        let key = Key(activity: activity, caller: Self.shortened(caller))
        if let wait = buckets.spend([(key, activity.rule)]) { throw WebRefusal.tooManyRequests(retryAfter: wait) }
    }

    var count: Int { buckets.count }

    /// An IPv6 customer owns a whole /64.
    private static func shortened(_ caller: String) -> String {
        guard let address = IPRange(caller), address.octets.count == 16 else { return caller }
        return address.network(64).description
    }
}

/// The limit per address that every request passes.
struct RequestLimit: RouterMiddleware {
    let limits: RateLimits

    func handle(
        _ request: Request, context: GatewayContext,
        next: @concurrent (Request, GatewayContext) async throws -> Response
    ) async throws -> Response {
        try limits.spend(.request, by: context.remoteAddress)
        return try await next(request, context)
    }
}
