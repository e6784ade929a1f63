package import FoundationEssentials
package import GatewayCore
package import Storage

/// Looks at every connection by the timetable, and only at what is due.
///
/// The schedule is in the store: a restart forgets nothing, and of several processes each gets other connections. A
/// connection whose process dies on the way comes back after the lease.
package struct PreflightMonitor: Sendable {
    /// At once; with the pause between rounds this bounds what we ask of Zendesk altogether.
    package static let batch = 8
    static let lease: TimeInterval = 10 * 60
    package static let memory: TimeInterval = 400 * 24 * 60 * 60
    private static let forgetting = 500

    let store: any GatewayStore
    let diagnostics: Diagnostics
    let metrics: Metrics
    let clock: any WallClock

    package init(store: any GatewayStore, diagnostics: Diagnostics, metrics: Metrics, clock: any WallClock) {
        self.store = store
        self.diagnostics = diagnostics
        self.metrics = metrics
        self.clock = clock
    }

    /// One round. How many connections were looked at; fewer than `batch` means that nothing more is due.
    @discardableResult
    package func lookAtDue() async throws -> Int {
        let now = clock.now
        let due = try await store.claimDuePreflights(
            at: now, until: now.addingTimeInterval(Self.lease), limit: Self.batch)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for id in due { group.addTask { try await lookAndPlan(id) } }
            try await group.waitForAll()
        }
        return due.count
    }

    /// Figures, and what is too old to keep. Every five minutes is plenty.
    package func tidy() async throws {
        let now = clock.now
        try await store.sweepDiagnosticsLinks(now: now)
        let end = now.addingTimeInterval(-Self.memory)
        while try await store.forgetPreflights(endedBefore: end, limit: Self.forgetting) == Self.forgetting {}
        let counts = try await store.preflightVerdictCounts()
        for verdict in Verdict.allCases {
            metrics.set(
                "latchkey_preflight_connections", "Live connections by the verdict of their last check.",
                labels: ["verdict": verdict.rawValue], to: Double(counts[verdict] ?? 0))
        }
        metrics.set(
            "latchkey_preflight_due", "Connections that wait for their look.",
            to: Double(try await store.duePreflightCount(at: now)))
    }

    /// One that throws is left to the lease, and spoils nobody else's round.
    private func lookAndPlan(_ id: ConnectionID) async throws {
        guard let look = try? await diagnostics.look(at: id) else { return count("error") }
        count(look.rawValue)
        guard look != .gone else { return }
        let now = clock.now
        let regular = PreflightTimetable.next(after: now, for: id)
        let due = look == .unreachable ? min(regular, now.addingTimeInterval(PreflightTimetable.retry)) : regular
        try await store.planPreflight(of: id, due: due)
    }

    private func count(_ outcome: String) {
        metrics.count(
            "latchkey_preflight_looks_total", "Looks of the monitor, by outcome.", labels: ["outcome": outcome])
    }
}
