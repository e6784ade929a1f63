package import FoundationEssentials
import GatewayCore

/// Every number of the refresh with its reason. A value, so that tests and measurements can have others.
package struct RefreshTimes: Sendable, Equatable {
    /// How long an entry is held: longer than the time in which its request may leave and be open, so that nobody takes
    /// over while it is; and short enough that a lost grant is named within a minute of a restart.
    package var hold: TimeInterval = 35
    /// A holder that comes to send later than this after it began to write the entry, stopped or starved, does not send.
    package var sendWindow: TimeInterval = 3
    /// From then on, all requests of one refresh together, one for each client secret.
    package var callTime: TimeInterval = 25
    /// How long after a request without an answer its refresh token is not sent again, although the probe says that it
    /// lives: the request may still lie in a queue there. Longer than the minute that gateways and servers usually allow.
    package var settling: TimeInterval = 75
    /// At most one attempt a minute for each connection.
    package var retryBase: TimeInterval = 60
    package var retryCap: TimeInterval = 15 * 60
    /// The second look at a refused grant whose access token lives: not before the first request counts as ended.
    package var confirmation: TimeInterval = 75
    /// A closed or renamed organization is looked at this often.
    package var unreachablePause: TimeInterval = 30 * 60
    /// A probe of a doubt that cannot be resolved, at first; then slower up to `retryCap`.
    package var doubtPause: TimeInterval = 15
    /// Ten minutes or a tenth of the lifetime, whichever is more, are left when a refresh starts: the probe with the old
    /// access token must mean something.
    package var margin: TimeInterval = 10 * 60
    /// While the client's secret is refused one connection tries this often.
    package var clientPause: TimeInterval = 60
    /// An organization that alone does not know the client is asked less and less often, down to this.
    package var clientPauseCap: TimeInterval = 4 * 60
    /// No entry is held or waits longer than this; a date beyond it was written by a clock that has been set back since.
    var longestWait: TimeInterval { retryCap + hold }
    package init() {}
}

extension RefreshTimes {
    /// When a token set is refreshed: between 35 and 50 in a hundred of the access token's life, each connection at a
    /// moment of its own, so that what was connected together does not come due together. At the latest at half of the
    /// refresh token's life, even if nobody uses the connection.
    func due(obtainedAt: Date, accessEndsAt: Date?, refreshEndsAt: Date?, random: any RandomSource) -> Date {
        let share = 0.35 + 0.15 * random.fraction
        let ends = [accessEndsAt, refreshEndsAt].compactMap { $0 }
        let dates = ends.map { obtainedAt.addingTimeInterval($0.timeIntervalSince(obtainedAt) * share) }
        // Nothing is known: the shortest refresh token there is lives for seven days.
        return dates.min() ?? obtainedAt.addingTimeInterval(7 * 86_400 * share)
    }

    /// Readers are waited for until then and no longer.
    func drainDeadline(obtainedAt: Date, accessEndsAt: Date) -> Date {
        let lifetime = accessEndsAt.timeIntervalSince(obtainedAt)
        return accessEndsAt.addingTimeInterval(-min(max(margin, lifetime / 10), lifetime / 2))
    }

    /// After a failure: at least a minute, and full jitter on top that doubles with each further one. A server's own wish is
    /// obeyed, but not beyond the last moment at which a refresh still makes sense.
    func retry(
        after failures: Int, retryAfter: Int?, now: Date, deadline: Date?, random: any RandomSource
    ) -> Date {
        let span = min(retryCap - retryBase, retryBase / 2 * pow2(min(failures, 10)))
        let jittered = retryBase + span * random.fraction
        guard let asked = retryAfter.map({ TimeInterval($0) }), asked > 0 else {
            return now.addingTimeInterval(jittered)
        }
        let wished = max(asked, 1) + retryBase / 6 * random.fraction
        let latest = max(deadline?.timeIntervalSince(now) ?? 0, retryCap)
        return now.addingTimeInterval(min(wished, latest))
    }

    /// After a refusal of our client.
    func clientRetry(after failures: Int, now: Date) -> Date {
        now.addingTimeInterval(min(clientPause * pow2(min(failures, 8)), clientPauseCap))
    }

    /// A doubt is looked at soon, then less often.
    func nextLook(doubts: Int, now: Date, random: any RandomSource) -> Date {
        let pause = min(retryCap, doubtPause * pow2(min(doubts, 8)))
        return now.addingTimeInterval(pause * (0.5 + 0.5 * random.fraction))
    }

    private func pow2(_ exponent: Int) -> TimeInterval { TimeInterval(1 << max(exponent, 0)) }
}

extension RandomSource {
    /// From 0 up to but not including 1.
    var fraction: Double {
        let number = bytes(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        return Double(number) / (Double(UInt32.max) + 1)
    }
}
