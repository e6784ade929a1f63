import FoundationEssentials
import GatewayCore
import Zendesk

/// Asks Zendesk whether an access token lives: the only way to learn whether a refresh took effect there.
struct TokenProbe: Sendable {
    /// Ends this near are too near: the clocks of two machines need not agree better.
    static let tolerance: TimeInterval = 30

    let client: ZendeskClient
    let expiresAt: Date?
    let now: Date

    func find() async -> ProbeFinding {
        if let expiresAt, expiresAt <= now.addingTimeInterval(Self.tolerance) { return .expired }
        let current = await client.currentToken()
        if current.value != nil { return .alive }
        if current.refusal == .tokenDead { return .dead }
        // Some accounts do not show tokens to everybody; the person is shown to everybody, the anonymous one included.
        let user = await client.currentUser()
        if user.value?.id != nil { return .alive }
        return user.refusal == .tokenDead ? .dead : .unanswered
    }
}
