import FoundationEssentials
import GatewayCore
import HTTPTypes
import Hummingbird
import Synchronization

/// Token buckets, in bounded memory (WEB-41). The defaults fit a person and a busy back end.
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

        var rule: (burst: Double, perSecond: Double) {
            switch self {
            case .request: (400, 100)
            case .link: (20, 0.2)
            case .connect: (30, 0.5)
            case .callback: (30, 0.5)
            case .preflight: (20, 0.2)
            case .refresh: (10, 0.1)
            case .api: (600, 200)
            case .badKey: (20, 0.5)
            }
        }
    }

    private struct Key: Hashable {
        let activity: Activity
        let caller: String
    }

    private struct Bucket {
        var tokens: Double
        var filledAt: Double
    }

    /// Two generations: when the young one is full, it becomes the old one and the old one is forgotten. A flood of
    /// addresses makes old ones forgotten; it never fills the memory.
    private struct State {
        var young: [Key: Bucket] = [:]
        var old: [Key: Bucket] = [:]
    }

    private let maximumKeys: Int
    private let clock: any WallClock
    private let isOn: Bool
    private let state = Mutex(State())

    init(isOn: Bool, clock: any WallClock, maximumKeys: Int = 100_000) {
        self.isOn = isOn
        self.clock = clock
        self.maximumKeys = maximumKeys
    }

    /// Throws with the time to wait when the caller's bucket is empty.
    func spend(_ activity: Activity, by caller: String) throws {
        guard isOn else { return }
        let wait = state.withLock { state in
            take(Key(activity: activity, caller: Self.shortened(caller)), from: &state)
        }
        if let wait { throw WebRefusal.tooManyRequests(retryAfter: max(1, Int(wait.rounded(.up)))) }
    }

    var count: Int { state.withLock { $0.young.count + $0.old.count } }

    private func take(_ key: Key, from state: inout State) -> Double? {
        let now = clock.now.timeIntervalSince1970
        let rule = key.activity.rule
        var bucket = state.young[key] ?? state.old[key] ?? Bucket(tokens: rule.burst, filledAt: now)
        bucket.tokens = min(rule.burst, bucket.tokens + max(0, now - bucket.filledAt) * rule.perSecond)
        bucket.filledAt = now
        let isEmpty = bucket.tokens < 1
        if !isEmpty { bucket.tokens -= 1 }
        state.young[key] = bucket
        if state.young.count >= maximumKeys / 2 {
            state.old = state.young
            state.young = [:]
        }
        return isEmpty ? (1 - bucket.tokens) / rule.perSecond : nil
    }

    /// An IPv6 customer owns a whole /64.
    private static func shortened(_ caller: String) -> String {
        guard caller.contains(":"), !caller.contains(".") else { return caller }
        return caller.split(separator: ":", omittingEmptySubsequences: false).prefix(4).joined(separator: ":")
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
