import FoundationEssentials
import GatewayCore
import OAuth
import Storage
import Zendesk

/// One refresh of one connection: look, decide, write down, send, and conclude. Everything that can be decided is decided in
/// `RefreshDecision`, `RefreshVerdict` and `DoubtVerdict`; here it is done.
struct RefreshAttempt: Sendable {
    /// How often somebody else's entry is looked at while it is waited for.
    static let glance = Duration.milliseconds(50)

    let world: RefreshDependencies
    let refresher: Refresher
    let id: ConnectionID
    let wish: RefreshWish
    let actor: AuditActor

    init(
        _ world: RefreshDependencies, by refresher: Refresher, of id: ConnectionID, wish: RefreshWish,
        actor: AuditActor
    ) {
        self.world = world
        self.refresher = refresher
        self.id = id
        self.wish = wish
        self.actor = actor
    }

    func run() async throws -> RefreshResult {
        var begunWith: UInt64?
        while true {
            guard let state = try await world.store.refreshState(of: id) else { return .disconnected }
            // Whoever was waited for has done what was wanted.
            if let begunWith, state.connection.generation > begunWith { return .current }
            begunWith = state.connection.generation
            switch await decision(state) {
            case .use: return .current
            case .outOfReach(let longest): return .outOfReach(longest: longest)
            case .refresh: if let result = try await inTurn(state, begin) { return result }
            case .resolveDoubt: if let result = try await inTurn(state, resolve) { return result }
            case .waitForOther(let until):
                guard wish != .planned, await !refresher.isStopping else {
                    return .notNow(code: RefreshCode.elsewhere, until: until)
                }
                try await Task.sleep(for: Self.glance)
            case .later(let date, let obstacle): return .notNow(code: obstacle.rawValue, until: date)
            case .needsReauthorization(let reason): return try await giveUp(state, reason)
            case .disconnected: return .disconnected
            }
        }
    }

    private func decision(_ state: RefreshState) async -> RefreshDecision {
        RefreshSituation(
            state: state, wish: wish, now: world.clock.now, holder: world.node,
            clientRefusedUntil: await refresher.clientRefusedUntil,
            holdsUnsavedTokens: await refresher.holdsUnsavedTokens, clockStep: refresher.clockStep
        ).decision(world.times)
    }

    /// The schedule has a line of its own; whoever waits for a token stands in another, which is served at once unless very
    /// many come together (RT-30).
    private func inTurn(
        _ state: RefreshState, _ work: (RefreshState) async throws -> RefreshResult?
    ) async throws -> RefreshResult? {
        guard wish != .planned else { return try await work(state) }
        let organization = state.connection.subdomain
        await refresher.gate.enter(organization)
        defer { refresher.gate.leave(organization) }
        return try await work(state)
    }

    private func giveUp(_ state: RefreshState, _ reason: String) async throws -> RefreshResult {
        let connection = state.connection
        if connection.status != .needsReauthorization {
            try await world.store.setStatus(
                .needsReauthorization, reason: reason, of: id, generation: connection.generation, at: world.clock.now,
                audit: event(.connectionNeedsReauthorization, .failed(code: reason), connection))
        }
        return .needsReauthorization(reason: reason)
    }

    var holder: RefreshHolder {
        let now = world.clock.now
        return RefreshHolder(name: world.node, at: now, until: now.addingTimeInterval(world.times.hold))
    }

    // MARK: Sending

    func send(
        _ entry: RefreshEntry, _ state: RefreshState, within window: SendWindow, isMarked: Bool = false
    ) async throws -> RefreshResult {
        let (endpoint, refreshToken): (TokenEndpoint, Secret)
        do {
            (endpoint, refreshToken) = try means(state)
        } catch {
            return try await end(entry, state, code: "refresh_token.cannot_open", isMarked: isMarked)
        }
        // A process that was stopped in between comes too late: another one may have taken over (RT-09).
        let askedAt = world.clock.now
        guard window.isOpen(world), askedAt < entry.sentAt.addingTimeInterval(world.times.sendWindow) else {
            return try await end(entry, state, code: "refresh.starved", isMarked: isMarked)
        }
        switch await endpoint.refresh(refreshToken, until: window.end) {
        case .tokens(let tokens):
            return try await commit(Arrived(tokens: tokens, askedAt: askedAt, spent: refreshToken), entry, state)
        case .failed(let failure): return try await conclude(failure, entry, state, isMarked: isMarked)
        }
    }

    private func means(_ state: RefreshState) throws -> (TokenEndpoint, Secret) {
        guard let credential = state.credential,
            let refreshToken = try world.credentials.openRefreshToken(credential, place: state.connection.place)
        else { throw StorageError.damaged }
        let organization = try OrganizationURL(subdomain: state.connection.subdomain, policy: world.zendesk.policy)
        let endpoint = ZendeskOAuth.tokenEndpoint(
            of: organization, transport: world.transport, client: world.zendesk.credentials,
            lifetimes: world.zendesk.lifetimes)
        return (endpoint, refreshToken)
    }

    // MARK: Concluding

    private func conclude(
        _ failure: TokenEndpointFailure, _ entry: RefreshEntry, _ state: RefreshState, isMarked: Bool
    ) async throws -> RefreshResult {
        count(failure.code)
        // Whoever refuses the grant has taken the client first.
        if TokenEndpointOutcome.failed(failure).isClientAccepted == true { await refresher.noteClientAccepted() }
        let verdict = RefreshVerdict(failure.outcomeClass, isMarkedRetry: isMarked)
        switch verdict {
        case .probe: return try await doubt(entry, state, code: failure.code)
        case .rejected: return try await refused(entry, state, code: failure.code)
        case .lost: return try await lose(entry, state, .answerLost)
        case .clientRefused:
            await refresher.noteClientRefused(failure.code, by: state.connection.subdomain)
            let due = world.times.clientRetry(after: state.schedule.failures, now: world.clock.now)
            return try await end(entry, state, code: failure.code, due: due, isMarked: isMarked)
        case .unreachable:
            let due = world.clock.now.addingTimeInterval(world.times.unreachablePause)
            return try await end(
                entry, state, code: failure.code, due: due, isMarked: isMarked, reason: .organizationUnreachable)
        case .notDone(let retryAfter):
            let due = retry(state, retryAfter)
            let isAsked = retryAfter.map { $0 > 0 } ?? false
            return try await end(entry, state, code: failure.code, due: due, isAsked: isAsked, isMarked: isMarked)
        }
    }

    func retry(_ state: RefreshState, _ retryAfter: Int? = nil) -> Date {
        let deadline = state.connection.accessTokenExpiresAt.map {
            world.times.drainDeadline(obtainedAt: state.schedule.obtainedAt, accessEndsAt: $0)
        }
        return world.times.retry(
            after: state.schedule.failures, retryAfter: retryAfter, now: world.clock.now, deadline: deadline,
            random: world.random)
    }

    /// The refresh token was not spent. A marked retry that was not taken is none: the doubt goes on as it was. `isAsked` when
    /// Zendesk named the time.
    private func end(
        _ entry: RefreshEntry, _ state: RefreshState, code: String, due: Date? = nil, isAsked: Bool = false,
        isMarked: Bool = false, reason: StatusReason? = nil
    ) async throws -> RefreshResult {
        let (now, due) = (world.clock.now, due ?? retry(state))
        var step = RefreshStep(isMarked ? .inDoubt : .notDone, at: now, due: due, outcome: code)
        step.forcedNotBefore = isAsked ? due : min(due, now.addingTimeInterval(world.times.retryBase))
        step.counts = .grows
        if isMarked {
            step.marks = false
        } else {
            let isWell = reason == nil
            let wasDoubted = state.connection.status == .inDoubt || entry.phase != .begun
            step.change = RefreshStep.StatusChange(
                .active, reason: reason?.rawValue ?? (wasDoubted ? nil : state.connection.statusReason),
                audit: isWell ? event(.connectionRecovered, .succeeded, state.connection) : nil)
        }
        _ = try await world.store.noteRefresh(
            entry, step, audit: [event(.refreshNotDone, .failed(code: code), state.connection)])
        return .notNow(code: code, until: due)
    }

    func lose(_ entry: RefreshEntry, _ state: RefreshState, _ why: StatusReason) async throws -> RefreshResult {
        let reason = why.rawValue
        var step = RefreshStep(.lost, at: world.clock.now, due: world.clock.now, outcome: reason)
        step.change = RefreshStep.StatusChange(
            .needsReauthorization, reason: reason,
            audit: event(.connectionNeedsReauthorization, .failed(code: reason), state.connection))
        guard try await world.store.noteRefresh(entry, step, audit: []) != nil else { return .current }
        count(reason)
        await refresher.noteGrantLost(id)
        return .needsReauthorization(reason: reason)
    }

    // MARK: Telling

    func event(_ action: AuditAction, _ outcome: AuditOutcome, _ connection: Connection) -> AuditEvent {
        AuditEvent(
            at: world.clock.now, actor: actor, action: action, outcome: outcome, tenant: connection.tenant,
            connection: connection.id, subject: connection.subdomain, generation: connection.generation)
    }

    func count(_ outcome: String) {
        world.metrics.count(
            "latchkey_refreshes_total", "Refreshes by how they ended.", labels: ["outcome": outcome])
    }
}
