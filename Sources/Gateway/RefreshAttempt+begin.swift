import FoundationEssentials
import GatewayCore
import OAuth
import Storage

// From the decision to an open entry: what is looked at and proven before anything is written or sent.
extension RefreshAttempt {
    /// Nil: somebody else was faster; look again.
    func begin(_ state: RefreshState) async throws -> RefreshResult? {
        let look = await lookBefore(state)
        if case .notNow(let code) = look { return .notNow(code: code, until: retry(state)) }
        guard await world.credentials.maySeal() else {
            return .notNow(code: "vault.seals_spent", until: retry(state))
        }
        try await proveSealing(state)
        guard await refresher.mayTryClient() else {
            return .notNow(code: RefreshObstacle.clientRefused.rawValue, until: world.clock.now)
        }
        let window = SendWindow(world)
        let begun = event(look == .repeat ? .refreshRepeated : .refreshBegun, .succeeded, state.connection)
        let turn = try await world.store.beginRefresh(
            of: id, generation: state.connection.generation, by: holder, audit: begun)
        guard case .begun(let entry) = turn else { return nil }
        refresher.seize(id)
        if look == .lost { return try await lose(entry, state, .answerLost) }
        return try await send(entry, state, within: window)
    }

    private enum LookBefore: Equatable {
        case send
        /// Perhaps spent by a failure that nobody can look behind any more.
        case `repeat`
        case lost
        case notNow(code: String)
    }

    /// Most refreshes begin without any question. One does not where the last request may have worked although it failed, or
    /// where a token is said to be refused that has just arrived.
    private func lookBefore(_ state: RefreshState) async -> LookBefore {
        if Self.mayHaveRotated(state.lastOutcome) {
            return switch await probe(state) {
            case .alive: .send
            case .dead: .lost
            case .expired: .repeat
            case .unanswered: .notNow(code: "refresh.unprobed")
            }
        }
        guard case .rejected = wish, isFresh(state), await probe(state) == .alive else { return .send }
        return .notNow(code: "token_lives")
    }

    /// Failures without a word about how far Zendesk had come. A 503 is one of them: an edge whose connection to the server
    /// behind it breaks off answers so.
    private static func mayHaveRotated(_ outcome: String?) -> Bool {
        ["status.500", "status.503", "error.server_error", "error.temporarily_unavailable"].contains(outcome)
    }

    private func isFresh(_ state: RefreshState) -> Bool {
        world.clock.now.timeIntervalSince(state.schedule.obtainedAt) < world.times.retryBase
    }

    /// What cannot be sealed cannot be kept, and must not be fetched.
    func proveSealing(_ state: RefreshState) async throws {
        let place = state.connection.place
        let tokens = TokenSet(
            accessToken: Secret("proof"), refreshToken: nil, scope: nil, expiresIn: nil, refreshTokenExpiresIn: nil)
        try await world.credentials.keeping { _ = try world.credentials.seal(tokens, of: id, place: place) }
    }
}
