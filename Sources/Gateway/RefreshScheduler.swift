package import FoundationEssentials
import GatewayCore
import Storage

/// How much of everything planned refreshes may use. Whoever waits for a token does not stand in this line.
package struct RefreshLimits: Sendable, Equatable {
    /// Ten thousand that come due at once are through in seven minutes, and nobody at Zendesk sees a storm.
    package var perSecond = 25.0
    package var atOnce = 32
    /// Of one organization: one that hangs holds this many and no more.
    package var atOnceForOne = 2
    /// Claimed at a time.
    package var batch = 128
    /// A claim of a process that dies comes back after this, soon enough to name a lost grant within a minute.
    package var claim: TimeInterval = 30
    /// How long nothing is looked at when nothing was due.
    package var rest = Duration.seconds(1)
    /// How long a stop waits for what is in flight (RT-42).
    package var drain = Duration.seconds(20)

    package init() {}
}

/// Refreshes what is due. Several processes may run one each over the same store.
package struct RefreshScheduler: Sendable {
    let refresher: Refresher
    let limits: RefreshLimits
    private let gate: RefreshGate
    private let sleep: @Sendable (Duration) async throws -> Void
    private var world: RefreshDependencies { refresher.dependencies }

    package init(
        _ refresher: Refresher, limits: RefreshLimits = RefreshLimits(),
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.refresher = refresher
        self.limits = limits
        self.sleep = sleep
        gate = RefreshGate(total: limits.atOnce, each: limits.atOnceForOne)
    }

    /// Until the task is cancelled; then waits for what is in flight.
    package func run() async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                let claimed = (try? await claim()) ?? []
                for id in claimed where !Task.isCancelled {
                    if await start(id, in: &group) { try? await sleep(pause) }
                }
                if claimed.isEmpty { try? await sleep(limits.rest) }
            }
            // Before the group waits for what it began, which may itself wait for somebody's long flight (RT-42) and for its
            // place in line.
            await refresher.stop()
        }
        await refresher.drain(within: limits.drain)
    }

    /// Everything that is due now, once: for tests and measurements. Returns how many connections were looked at.
    package func runOnce() async throws -> Int {
        let claimed = try await claim()
        await withDiscardingTaskGroup { group in
            for id in claimed { _ = await start(id, in: &group) }
        }
        return claimed.count
    }

    private var pause: Duration { .nanoseconds(Int64(1_000_000_000 / limits.perSecond)) }

    private func claim() async throws -> [ConnectionID] {
        refresher.readClock()
        let now = world.clock.now
        // While Zendesk refuses the client one connection tries for all.
        let refused = await refresher.clientRefusedUntil
        if let refused, refused > now { return [] }
        let free = limits.batch - gate.waiting
        guard free > 0 else { return [] }
        return try await world.store.claimDueRefreshes(
            at: now, until: now.addingTimeInterval(limits.claim), limit: refused == nil ? free : 1)
    }

    /// False when the connection only had to be planned.
    private func start(_ id: ConnectionID, in group: inout DiscardingTaskGroup) async -> Bool {
        guard let state = try? await world.store.refreshState(of: id) else { return false }
        let situation = RefreshSituation(state: state, wish: .planned, now: world.clock.now, holder: world.node)
        if case .later(let date, .notDue) = situation.decision(world.times) {
            await plan(state, date)
            return false
        }
        let organization = state.connection.subdomain
        // Comes back by itself when its claim ends, and takes no place in line meanwhile (RT-32).
        guard !gate.isCrowded(organization) else { return false }
        group.addTask {
            await gate.enter(organization)
            if !Task.isCancelled { await renew(id, state) }
            gate.leave(organization)
        }
        return true
    }

    /// Each connection at a moment of its own, so that what was made together does not come due together.
    private func plan(_ state: RefreshState, _ earliest: Date) async {
        let connection = state.connection
        let due = world.times.due(
            obtainedAt: state.schedule.obtainedAt, accessEndsAt: connection.accessTokenExpiresAt,
            refreshEndsAt: connection.refreshTokenExpiresAt, random: world.random)
        try? await world.store.planRefreshes([
            RefreshPlan(connection: connection.id, generation: connection.generation, due: max(due, earliest))
        ])
    }

    private func renew(_ id: ConnectionID, _ state: RefreshState) async {
        guard let result = try? await refresher.refresh(id, .planned), case .notNow(_, let until) = result else {
            return
        }
        // Only while no entry is open: an entry keeps its own date.
        try? await world.store.planRefreshes([
            RefreshPlan(connection: id, generation: state.connection.generation, due: until)
        ])
    }
}
