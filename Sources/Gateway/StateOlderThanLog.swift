import FoundationEssentials
package import GatewayCore
package import Storage

/// Flags every connection of a database that went back in time: its tokens may have been renewed since, and the refresh
/// token it has may be spent (KEY-29).
///
/// The flag is an open entry in the refresh journal, so that nothing is sent before the old access token was asked, whichever
/// process comes to it. Returns how many were flagged.
package struct StateOlderThanLog: Sendable {
    package static let code = StatusReason.olderThanLog.rawValue
    /// The outcome of a connection whose access token turned out to live: nothing of it was lost.
    static let proven = "token.proven_current"
    private static let atOnce = 16

    let store: any GatewayStore
    let clock: any WallClock
    let node: String

    package init(store: any GatewayStore, clock: any WallClock, node: String) {
        self.store = store
        self.clock = clock
        self.node = node
    }

    package func flagAll() async throws -> Int {
        var flagged = 0
        let doubt = try await store.lastDoubt()
        for status in [ConnectionStatus.active, .inDoubt] {
            // Flagging changes what a page of this status would hold, so all are read first.
            let ids = try await store.everyConnection(matching: ConnectionQuery(status: status), picking: \.id)
            for start in stride(from: 0, to: ids.count, by: Self.atOnce) {
                flagged += try await flag(ids[start..<min(start + Self.atOnce, ids.count)], since: doubt)
            }
        }
        return flagged
    }

    private func flag(_ ids: ArraySlice<ConnectionID>, since doubt: Date?) async throws -> Int {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for id in ids { group.addTask { try await flag(id, since: doubt) } }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
    }

    /// False when it is flagged already, was proven to be current since the database was found to be older, or is in doubt for
    /// another reason; then nothing is sent blindly either.
    private func flag(_ id: ConnectionID, since doubt: Date?) async throws -> Bool {
        guard let state = try await store.refreshState(of: id), state.entry == nil,
            try await !isProven(state, since: doubt)
        else { return false }
        let (connection, now) = (state.connection, clock.now)
        let holder = RefreshHolder(name: node, at: now, until: now)
        let turn = try await store.beginRefresh(
            of: id, generation: connection.generation, by: holder,
            audit: event(.connectionInDoubt, .failed(code: Self.code), connection))
        guard case .begun(let entry) = turn else { return false }
        var step = RefreshStep(.inDoubt, at: now, due: now, outcome: Self.code)
        step.change = RefreshStep.StatusChange(.inDoubt, reason: Self.code, audit: nil)
        return try await store.noteRefresh(entry, step, audit: []) != nil
    }

    /// A proof from before speaks of another restore: the tokens may have been renewed after it, and the renewal lost with this
    /// one.
    private func isProven(_ state: RefreshState, since doubt: Date?) async throws -> Bool {
        guard state.lastOutcome == Self.proven, let doubt else { return state.lastOutcome == Self.proven }
        return try await store.lastRefresh(of: state.connection.id)?.endedAt.map { $0 >= doubt } ?? false
    }

    private func event(_ action: AuditAction, _ outcome: AuditOutcome, _ connection: Connection) -> AuditEvent {
        AuditEvent(
            at: clock.now, actor: .system, action: action, outcome: outcome, tenant: connection.tenant,
            connection: connection.id, subject: connection.subdomain, generation: connection.generation)
    }
}

extension RefreshAttempt {
    /// What the old access token says about a database that went back in time. Nil: nothing stands in the way any more.
    func resolveOlder(_ entry: RefreshEntry, _ state: RefreshState) async throws -> RefreshResult? {
        switch await probe(state) {
        case .alive: return try await prove(entry, state)
        case .dead: return try await lose(entry, state, .olderThanLog)
        case .expired where entry.isMarked: return try await lose(entry, state, .olderThanLog)
        // The newer database may still be found, and its grant with it. Once somebody went on with this one there is
        // nothing left to lose.
        case .expired where !world.isDatabaseDoubtful(): return try await sendAgain(entry, state, isMarked: true)
        case .expired, .unanswered:
            let due = world.times.nextLook(doubts: entry.doubts, now: world.clock.now, random: world.random)
            return try await wait(entry, state, phase: .inDoubt, code: StateOlderThanLog.code, due: due)
        }
    }

    /// An access token that lives was never renewed: what the database has is the present set.
    private func prove(_ entry: RefreshEntry, _ state: RefreshState) async throws -> RefreshResult? {
        let connection = state.connection
        let due = world.times.due(
            obtainedAt: state.schedule.obtainedAt, accessEndsAt: connection.accessTokenExpiresAt,
            refreshEndsAt: connection.refreshTokenExpiresAt, random: world.random)
        var step = RefreshStep(
            .superseded, at: world.clock.now, due: max(due, world.clock.now), outcome: StateOlderThanLog.proven)
        step.counts = .clears
        step.change = RefreshStep.StatusChange(
            .active, reason: nil, audit: event(.connectionRecovered, .succeeded, connection))
        _ = try await world.store.noteRefresh(entry, step, audit: [])
        return nil
    }
}
