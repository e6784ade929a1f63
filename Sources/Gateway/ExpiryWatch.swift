import FoundationEssentials
package import GatewayCore
package import OAuth
package import Storage

/// Warns before connections end, and keeps the figures that say how near the next end is.
///
/// Renewal moves an end away long before any threshold: whoever is warned has a connection that does not renew.
package struct ExpiryWatch: Sendable {
    private static let day: TimeInterval = 24 * 60 * 60
    private static let days: [TimeInterval] = [30, 14, 7, 3, 1]
    /// Renewal happens at half of a refresh token's life at the latest; warning earlier would cry at every connection.
    private static let latest = 0.4
    /// No refresh token of Zendesk's lives shorter. What seems to, is one whose end does not move when it is renewed.
    private static let shortest = 7 * day
    private static let batch = 200

    let store: any GatewayStore
    let lifetimes: TokenLifetimes
    let metrics: Metrics
    let clock: any WallClock

    package init(store: any GatewayStore, lifetimes: TokenLifetimes, metrics: Metrics, clock: any WallClock) {
        self.store = store
        self.lifetimes = lifetimes
        self.metrics = metrics
        self.clock = clock
    }

    /// Each threshold of each token set is told once; of several passed at once the nearest.
    package func look() async throws {
        let now = clock.now
        let asked = [lifetimes.refresh, lifetimes.access].map { thresholds(ofLife: TimeInterval($0)) }
        let widest = asked.joined().max() ?? 0
        var last: ConnectionHorizon?
        while true {
            let found = try await store.connectionHorizons(
                from: last, after: now, before: now.addingTimeInterval(TimeInterval(widest)), limit: Self.batch)
            for horizon in found { try await warn(horizon, now) }
            guard found.count == Self.batch else { break }
            last = found.last
        }
        try await measure(now)
    }

    /// Whether a connection is past its first warning.
    package func isSoon(_ horizon: ConnectionHorizon) -> Bool {
        passed(horizon, clock.now) != nil
    }

    private func passed(_ horizon: ConnectionHorizon, _ now: Date) -> Int? {
        let left = horizon.end.timeIntervalSince(now)
        return thresholds(ofLife: life(horizon)).filter { left <= TimeInterval($0) }.min()
    }

    /// What Zendesk granted, which may be less than what it was asked for (RT-45): a countdown that begins with the token set
    /// would warn of every connection.
    private func life(_ horizon: ConnectionHorizon) -> TimeInterval {
        let asked = TimeInterval(horizon.isRenewable ? lifetimes.refresh : lifetimes.access)
        let granted = horizon.end.timeIntervalSince(horizon.obtainedAt)
        return min(asked, horizon.isRenewable ? max(granted, Self.shortest) : granted)
    }

    /// In seconds, the largest first.
    private func thresholds(ofLife lifetime: TimeInterval) -> [Int] {
        let whole = Self.days.map { $0 * Self.day }.filter { $0 <= lifetime * Self.latest }
        return (whole.isEmpty ? [lifetime / 3, lifetime / 6, lifetime / 12] : whole).map { Int($0) }
    }

    private func warn(_ horizon: ConnectionHorizon, _ now: Date) async throws {
        guard let threshold = passed(horizon, now), horizon.warnedAt.map({ threshold < $0 }) ?? true else { return }
        let isNew = try await store.recordExpiryWarning(
            of: horizon.connection, generation: horizon.generation, secondsLeft: threshold,
            audit: AuditEvent(
                at: now, actor: .system, action: .connectionExpiringSoon, tenant: horizon.tenant,
                connection: horizon.connection, subject: horizon.end.formatted(.iso8601),
                generation: horizon.generation))
        if isNew {
            metrics.count("latchkey_expiry_warnings_total", "Warnings that a connection ends soon.")
        }
    }

    private func measure(_ now: Date) async throws {
        let counts = try await store.connectionCounts()
        for status in ConnectionStatus.allCases {
            metrics.set(
                "latchkey_connections", "Connections by status.", labels: ["status": status.rawValue],
                to: Double(counts[status] ?? 0))
        }
        let end = try await store.nearestHorizon()
        metrics.set(
            "latchkey_nearest_horizon_seconds", "Time to the nearest end of a live connection that nothing renews.",
            to: end.map { $0.timeIntervalSince(now) } ?? .infinity)
        metrics.set(
            "latchkey_revocations_waiting", "Tokens that wait to be revoked at Zendesk.",
            to: Double(try await store.pendingRevocationCount()))
        let receivers = try await store.webhookProgress()
        for (state, number) in [
            ("failing", receivers.count { $0.failingSince != nil && $0.disabledAt == nil }),
            ("disabled", receivers.count { $0.disabledAt != nil }),
        ] {
            metrics.set(
                "latchkey_webhook_receivers", "Receivers of events that do not take them.", labels: ["state": state],
                to: Double(number))
        }
    }
}
