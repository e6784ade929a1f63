package import FoundationEssentials
package import Storage
import GatewayCore

/// What is done about a connection's tokens before anything is sent. Pure: a function of what is known at one moment.
package enum RefreshDecision: Sendable, Equatable {
    /// The access token is good enough as it is.
    case use
    case refresh
    /// Somebody else refreshes; look again, at the latest then.
    case waitForOther(until: Date)
    /// Find out first whether the refresh token was spent.
    case resolveDoubt
    /// Nothing now; the next moment to think about it. What lives is handed out meanwhile.
    case later(Date, RefreshObstacle)
    case needsReauthorization(reason: String)
    case disconnected
}

/// Why a refresh does not happen now.
package enum RefreshObstacle: String, Sendable, Equatable, CaseIterable {
    case notDue = "not_due"
    case leased = "leased"
    case inDoubt = "in_doubt"
    case backingOff = "backing_off"
    case clientRefused = "client_refused"
    /// A token set waits to be written; nothing further is risked.
    case unsaved = "unsaved"
}

package enum RefreshWish: Sendable, Equatable {
    /// An access token that lives that many seconds more.
    case token(minimumLifetime: TimeInterval)
    /// The schedule says so.
    case planned
    /// Somebody wants a new token set now.
    case forced
    /// Zendesk answered 401 to this generation.
    case rejected(generation: UInt64)
}

/// Everything a decision is made from.
package struct RefreshSituation: Sendable, Equatable {
    package var state: RefreshState
    package var wish: RefreshWish
    package var now: Date
    /// The name under which this process holds entries.
    package var holder: String
    /// Nil while Zendesk accepts the client's secret; else when to try again.
    package var clientRefusedUntil: Date?
    package var holdsUnsavedTokens: Bool

    package init(
        state: RefreshState, wish: RefreshWish, now: Date, holder: String, clientRefusedUntil: Date? = nil,
        holdsUnsavedTokens: Bool = false
    ) {
        self.state = state
        self.wish = wish
        self.now = now
        self.holder = holder
        self.clientRefusedUntil = clientRefusedUntil
        self.holdsUnsavedTokens = holdsUnsavedTokens
    }
}

extension RefreshSituation {
    package func decision(_ times: RefreshTimes) -> RefreshDecision {
        switch connection.status {
        case .disconnected: return .disconnected
        case .needsReauthorization:
            return .needsReauthorization(reason: connection.statusReason ?? "grant.rejected")
        case .active, .inDoubt: break
        }
        guard state.credential != nil else { return .disconnected }
        if isServed { return .use }
        if let entry = state.entry { return decision(about: entry) }
        return decisionToBegin(times)
    }

    private var connection: Connection { state.connection }

    /// The wish is met without any refresh.
    private var isServed: Bool {
        switch wish {
        case .token(let minimum): lives(minimum)
        case .rejected(let generation): generation < connection.generation
        case .planned, .forced: false
        }
    }

    /// An unknown end counts as living: the refusal of the token will tell.
    func lives(_ seconds: TimeInterval = 0) -> Bool {
        connection.accessTokenExpiresAt.map { $0 > now.addingTimeInterval(seconds) } ?? true
    }

    private func decision(about entry: RefreshEntry) -> RefreshDecision {
        guard entry.heldUntil > now else { return holdsUnsavedTokens ? .later(now, .unsaved) : .resolveDoubt }
        if entry.phase == .begun { return .waitForOther(until: entry.heldUntil) }
        return .later(entry.heldUntil, .inDoubt)
    }

    private func decisionToBegin(_ times: RefreshTimes) -> RefreshDecision {
        guard state.credential?.refreshToken != nil else { return endOfTheRoad("refresh_token.missing") }
        if let end = connection.refreshTokenExpiresAt, end <= now { return endOfTheRoad("refresh_token.expired") }
        if wish == .planned, let date = plannedFor(times), date > now { return .later(date, .notDue) }
        if holdsUnsavedTokens { return .later(now.addingTimeInterval(times.doubtPause), .unsaved) }
        if let date = clientRefusedUntil, date > now { return .later(date, .clientRefused) }
        if let date = state.schedule.notBefore, date > now, wish != .forced { return .later(date, .backingOff) }
        if let date = freshlyRejected(times), date > now { return .later(date, .backingOff) }
        if wish == .planned, let date = readersWaitedFor(times), date > now { return .later(date, .leased) }
        return .refresh
    }

    /// A token set that is refused as soon as it arrives is not cured by another one: no loop.
    private func freshlyRejected(_ times: RefreshTimes) -> Date? {
        guard case .rejected = wish else { return nil }
        return state.schedule.obtainedAt.addingTimeInterval(times.retryBase)
    }

    /// Without a refresh token the connection ends with its access token, and not before.
    private func endOfTheRoad(_ reason: String) -> RefreshDecision {
        guard let end = connection.accessTokenExpiresAt, end > now else {
            return .needsReauthorization(reason: reason)
        }
        return .later(end, .notDue)
    }

    /// Nil: due as the schedule said. A schedule that lost its date, or a clock that was turned forward and back, must not
    /// refresh what is fresh.
    private func plannedFor(_ times: RefreshTimes) -> Date? {
        guard state.schedule.failures == 0, let end = connection.accessTokenExpiresAt else { return nil }
        let obtained = state.schedule.obtainedAt
        let earliest = obtained.addingTimeInterval(end.timeIntervalSince(obtained) * 0.35)
        guard earliest > now else { return nil }
        guard let refreshEnd = connection.refreshTokenExpiresAt else { return earliest }
        let half = obtained.addingTimeInterval(refreshEnd.timeIntervalSince(obtained) * 0.35)
        return min(earliest, half)
    }

    private func readersWaitedFor(_ times: RefreshTimes) -> Date? {
        guard let leased = state.leasedUntil, leased > now, let end = connection.accessTokenExpiresAt else {
            return nil
        }
        return min(leased, times.drainDeadline(obtainedAt: state.schedule.obtainedAt, accessEndsAt: end))
    }
}
