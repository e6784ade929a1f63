package import FoundationEssentials
package import Storage
import GatewayCore

/// What is done about a connection's tokens before anything is sent. Pure: a function of what is known at one moment.
package enum RefreshDecision: Sendable, Equatable {
    /// The access token is good enough as it is.
    case use
    /// No token of this connection lives as long as was asked for; what is the most, in seconds. Another would not either.
    case outOfReach(longest: TimeInterval)
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

/// Codes of a refresh that somebody else has under way or has left.
package enum RefreshCode {
    package static let elsewhere = "refresh.elsewhere"
    /// Its process ended, or was stopped for too long.
    package static let interrupted = "refresh.interrupted"
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

extension RefreshWish {
    /// Whether what came of this one answers the other, too. Somebody who wants new tokens, perhaps because the old ones were
    /// stolen, is not answered by one who was content with them.
    func covers(_ other: RefreshWish) -> Bool {
        switch (self, other) {
        case (.forced, _), (.planned, .planned): true
        case (.rejected(let mine), .rejected(let theirs)): mine >= theirs
        case (.token(let mine), .token(let theirs)): mine >= theirs
        case (.planned, _), (.rejected, _), (.token, _): false
        }
    }
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
    /// How far this machine's clock was set forward of late: by so much less time has passed than the dates say.
    package var clockStep: TimeInterval

    package init(
        state: RefreshState, wish: RefreshWish, now: Date, holder: String, clientRefusedUntil: Date? = nil,
        holdsUnsavedTokens: Bool = false, clockStep: TimeInterval = 0
    ) {
        self.state = state
        self.wish = wish
        self.now = now
        self.holder = holder
        self.clientRefusedUntil = clientRefusedUntil
        self.holdsUnsavedTokens = holdsUnsavedTokens
        self.clockStep = clockStep
    }
}

extension RefreshSituation {
    /// What to do, and until when at the latest.
    package func decision(_ times: RefreshTimes) -> RefreshDecision {
        switch connection.status {
        case .disconnected: return .disconnected
        case .needsReauthorization:
            if let entry = state.entry, isLeft(entry, times) { return .resolveDoubt }
            return .needsReauthorization(reason: connection.statusReason ?? StatusReason.grantRejected.rawValue)
        case .active, .inDoubt: break
        }
        guard state.credential != nil else { return .disconnected }
        if isServed { return .use }
        if let longest = outOfReach { return .outOfReach(longest: longest) }
        if let entry = state.entry { return decision(about: entry, times) }
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

    /// What Zendesk grants may be less than what it is asked for (RT-45), and who asks for more must not make it rotate at
    /// every call. Nil while a refresh may help: also where the token has run out, for the next one may live longer.
    private var outOfReach: TimeInterval? {
        guard case .token(let minimum) = wish, let end = connection.accessTokenExpiresAt, end > now else { return nil }
        let isRenewable =
            state.credential?.refreshToken != nil && connection.refreshTokenExpiresAt.map { $0 > now } ?? true
        let longest =
            isRenewable
            ? end.timeIntervalSince(state.schedule.obtainedAt) - Leases.margin : end.timeIntervalSince(now)
        return minimum > longest ? max(longest, 0) : nil
    }

    /// An unknown end counts as living: the refusal of the token will tell.
    func lives(_ seconds: TimeInterval = 0) -> Bool {
        connection.accessTokenExpiresAt.map { $0 > now.addingTimeInterval(seconds) } ?? true
    }

    private func decision(about entry: RefreshEntry, _ times: RefreshTimes) -> RefreshDecision {
        guard !isLeft(entry, times) else {
            return holdsUnsavedTokens ? .later(now.addingTimeInterval(times.doubtPause), .unsaved) : .resolveDoubt
        }
        let end = entry.heldUntil.addingTimeInterval(clockStep)
        if entry.phase == .begun { return .waitForOther(until: end) }
        return .later(end, .inDoubt)
    }

    /// Its holder's time is over.
    private func isLeft(_ entry: RefreshEntry, _ times: RefreshTimes) -> Bool {
        entry.heldUntil.addingTimeInterval(clockStep) <= now
            || entry.heldUntil > now.addingTimeInterval(times.longestWait)
    }

    private func decisionToBegin(_ times: RefreshTimes) -> RefreshDecision {
        guard state.credential?.refreshToken != nil else { return endOfTheRoad(.refreshTokenMissing) }
        if let end = connection.refreshTokenExpiresAt, end <= now { return endOfTheRoad(.refreshTokenExpired) }
        if wish == .planned, let date = plannedFor(times), date > now { return .later(date, .notDue) }
        if holdsUnsavedTokens { return .later(now.addingTimeInterval(times.doubtPause), .unsaved) }
        if let date = clientRefusedUntil, date > now { return .later(date, .clientRefused) }
        if let date = pauseEnd, date > now { return .later(date, .backingOff) }
        if let date = rejectedAgain(times), date > now { return .later(date, .backingOff) }
        if wish == .planned, let date = readersWaitedFor(times), date > now { return .later(date, .leased) }
        return .refresh
    }

    /// Who forces a refresh is spared how long we wait by ourselves, not what Zendesk asked for, and not the minute between two
    /// attempts (RT-18, RT-19).
    private var pauseEnd: Date? {
        wish == .forced ? state.schedule.forcedNotBefore : state.schedule.notBefore
    }

    /// A token set that was fetched because the one before was refused, and is refused too, is not cured by another: no loop.
    private func rejectedAgain(_ times: RefreshTimes) -> Date? {
        guard case .rejected = wish, state.cameAfterRejection else { return nil }
        return state.schedule.obtainedAt.addingTimeInterval(times.retryCap)
    }

    /// Without a refresh token the connection ends with its access token, and not before.
    private func endOfTheRoad(_ reason: StatusReason) -> RefreshDecision {
        guard let end = connection.accessTokenExpiresAt, end > now else {
            return .needsReauthorization(reason: reason.rawValue)
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
