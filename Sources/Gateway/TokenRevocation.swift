import FoundationEssentials
import GatewayCore
import Zendesk

/// Ends a token at Zendesk: asks for its id, deletes by id, and looks whether it is dead. Deleting `current` was seen to
/// answer 204 without effect.
struct TokenRevocation: Sendable {
    struct Outcome: Sendable {
        /// Zendesk agreed to delete the token.
        let revoked: Bool
        /// What stood in the way; nil when Zendesk answered 401 to the token. Only that can prove anything.
        let obstacle: RevocationObstacle?
        /// When Zendesk says that the token ends; nil when it did not come to say so.
        let expiresAt: Date?
    }

    let client: ZendeskClient
    /// Another live token set of the same tenant's. A token of level Read may not delete itself; this one may be able to.
    var helper: ZendeskClient?

    func attempt() async -> Outcome {
        let current = await client.currentToken()
        guard let token = current.value else {
            return Outcome(revoked: false, obstacle: Self.obstacle(current), expiresAt: nil)
        }
        let refusal = await delete(token.id)
        let after = await client.currentToken()
        guard let survived = Self.obstacle(after) else {
            return Outcome(revoked: refusal == nil, obstacle: nil, expiresAt: token.expiresAt)
        }
        return Outcome(revoked: refusal == nil, obstacle: refusal ?? survived, expiresAt: token.expiresAt)
    }

    /// What kept the token from being deleted; nil when Zendesk agreed.
    private func delete(_ id: Int64) async -> RevocationObstacle? {
        var helper = helper
        if let other = helper {
            switch await other.currentToken() {
            // Were both one record at Zendesk, deleting the old token would end the new one.
            case .value(let living, _) where living.id == id: return .refused("same_record", retryAfter: nil)
            case .value: break
            case .refused(.tokenDead, _): helper = nil
            case let unanswered: return Self.obstacle(unanswered)
            }
        }
        guard let refusal = Self.refusal(await client.deleteToken(id: id)) else { return nil }
        guard let helper else { return refusal }
        return Self.refusal(await helper.deleteToken(id: id)) == nil ? nil : refusal
    }

    private static func refusal(_ answer: ZendeskAnswer<Done>) -> RevocationObstacle? {
        switch answer {
        case .value: nil
        case .refused(let refusal, _): RevocationObstacle(refusal)
        case .failed(let failure): .unreachable(failure.rawValue)
        }
    }

    /// Nil only for a dead token.
    private static func obstacle(_ answer: ZendeskAnswer<CurrentToken>) -> RevocationObstacle? {
        switch answer {
        case .value: .refused("still_accepted", retryAfter: nil)
        case .refused(.tokenDead, _): nil
        case .refused(let refusal, _): RevocationObstacle(refusal)
        case .failed(let failure): .unreachable(failure.rawValue)
        }
    }
}

/// Why a token could not be ended now.
enum RevocationObstacle: Sendable, Equatable {
    /// Nobody there who could have decided: worth asking again as soon as somebody may be.
    case unreachable(String)
    /// Zendesk answered, and the same answer is likely for a while.
    case refused(String, retryAfter: Int?)

    init(_ refusal: ZendeskRefusal) {
        switch refusal {
        case .unavailable(retryAfter: nil), .html: self = .unreachable(refusal.code)
        case .unavailable(let seconds), .rateLimited(let seconds): self = .refused(refusal.code, retryAfter: seconds)
        default: self = .refused(refusal.code, retryAfter: nil)
        }
    }

    /// The token could not be opened here.
    init(_ error: any Error) {
        self = .refused((error as? any Explained)?.explanation.code ?? "unexpected", retryAfter: nil)
    }

    var code: String {
        switch self {
        case .unreachable(let code), .refused(let code, _): code
        }
    }

    var isUnreachable: Bool {
        if case .unreachable = self { true } else { false }
    }

    /// Seconds to the next attempt. While nobody answers one small request in a quarter of a minute is enough to notice
    /// within half a minute that Zendesk is back, a request that hung until its deadline included.
    func delay(after attempts: Int) -> TimeInterval {
        switch self {
        case .unreachable: 15
        case .refused(_, .some(let stated)): TimeInterval(min(max(stated, 1), Self.longestStated))
        case .refused: min(30 * TimeInterval(1 << min(attempts, 10)), Self.longest)
        }
    }

    private static let longest: TimeInterval = 15 * 60
    /// A server that asks for more would keep a token alive for longer than it has reason to.
    private static let longestStated = 60 * 60
}
