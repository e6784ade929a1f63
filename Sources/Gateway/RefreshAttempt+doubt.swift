import FoundationEssentials
import GatewayCore
import Storage
import Zendesk

// What happens when nobody knows whether the refresh token was spent.
extension RefreshAttempt {
    /// An entry that somebody left open. Nil: somebody else was faster, or it was of no use any more; look again.
    func resolve(_ state: RefreshState) async throws -> RefreshResult? {
        let holder = holder
        guard let open = state.entry,
            let entry = try await world.store.takeOverRefresh(
                open, by: holder, endedBy: holder.at.addingTimeInterval(-refresher.clockStep),
                horizon: holder.at.addingTimeInterval(world.times.longestWait))
        else { return nil }
        refresher.seize(id)
        guard entry.generation == state.connection.generation else { return try await supersede(entry, state) }
        guard state.connection.status != .needsReauthorization else {
            _ = try await supersede(entry, state)
            return nil
        }
        if entry.outcome == StateOlderThanLog.code { return try await resolveOlder(entry, state) }
        return try await doubt(entry, state, code: entry.outcome ?? RefreshCode.interrupted)
    }

    /// The answer said no. Perhaps because another process was faster (RT-21).
    func refused(_ entry: RefreshEntry, _ state: RefreshState, code: String) async throws -> RefreshResult {
        let now = try await world.store.connection(id)
        guard let now, now.generation == entry.generation, now.status != .disconnected else {
            return try await supersede(entry, state)
        }
        let finding = await probe(state)
        let verdict = DoubtVerdict(
            finding, phase: .confirming, isMarked: entry.isMarked, isSettled: false,
            wasConfirmed: entry.phase == .confirming)
        switch verdict {
        case .rejected, .lost: return try await lose(entry, state, .grantRejected)
        case .sendAgain, .sendMarked, .wait:
            let due = world.clock.now.addingTimeInterval(world.times.confirmation)
            return try await wait(entry, state, phase: .confirming, code: code, due: due)
        }
    }

    /// Written down before Zendesk is asked, so that whoever looks sees it.
    func doubt(_ entry: RefreshEntry, _ state: RefreshState, code: String) async throws -> RefreshResult {
        let phase: RefreshPhase = entry.phase == .confirming ? .confirming : .inDoubt
        guard let entry = try await note(entry, state, phase: phase, code: code) else { return elsewhere }
        let finding = await probe(state)
        let settled = entry.sentAt.addingTimeInterval(world.times.settling + refresher.clockStep)
        let isSettled = settled <= world.clock.now
        switch DoubtVerdict(finding, phase: phase, isMarked: entry.isMarked, isSettled: isSettled) {
        case .rejected: return try await lose(entry, state, .grantRejected)
        case .lost: return try await lose(entry, state, .answerLost)
        case .sendAgain: return try await sendAgain(entry, state, isMarked: false)
        case .sendMarked where !world.isDatabaseDoubtful(): return try await sendAgain(entry, state, isMarked: true)
        case .wait, .sendMarked:
            let look = world.times.nextLook(doubts: entry.doubts, now: world.clock.now, random: world.random)
            // A token that lives proves nothing before the request must have ended; there is no use in looking sooner.
            let due = finding == .unanswered || isSettled ? look : settled
            return try await wait(entry, state, phase: phase, code: code, due: due)
        }
    }

    private var elsewhere: RefreshResult { .notNow(code: RefreshCode.elsewhere, until: world.clock.now) }

    private func note(
        _ entry: RefreshEntry, _ state: RefreshState, phase: RefreshPhase, code: String
    ) async throws -> RefreshEntry? {
        var step = RefreshStep(phase, at: world.clock.now, due: holder.until, outcome: code)
        step.change = RefreshStep.StatusChange(
            .inDoubt, reason: StatusReason.inDoubt.rawValue,
            audit: event(.connectionInDoubt, .failed(code: code), state.connection))
        return try await world.store.noteRefresh(entry, step, audit: [])
    }

    func wait(
        _ entry: RefreshEntry, _ state: RefreshState, phase: RefreshPhase, code: String, due: Date
    ) async throws -> RefreshResult {
        var step = RefreshStep(phase, at: world.clock.now, due: due, outcome: code)
        step.counts = .grows
        _ = try await world.store.noteRefresh(entry, step, audit: [])
        return .notNow(code: RefreshObstacle.inDoubt.rawValue, until: due)
    }

    func sendAgain(
        _ entry: RefreshEntry, _ state: RefreshState, isMarked: Bool
    ) async throws -> RefreshResult {
        guard await !refresher.holdsUnsavedTokens, await refresher.mayTryClient() else { return elsewhere }
        var step = RefreshStep(
            isMarked ? .inDoubt : entry.phase == .confirming ? .confirming : .begun, at: world.clock.now,
            due: holder.until)
        step.sends = true
        if isMarked { step.marks = true }
        try await proveSealing(state)
        let window = SendWindow(world)
        let audit = event(isMarked ? .refreshRepeated : .refreshBegun, .succeeded, state.connection)
        guard let entry = try await world.store.noteRefresh(entry, step, audit: [audit]) else { return elsewhere }
        return try await send(entry, state, within: window, isMarked: isMarked)
    }

    /// The connection went on without this refresh.
    func supersede(_ entry: RefreshEntry, _ state: RefreshState) async throws -> RefreshResult {
        let connection = state.connection
        let due = world.times.due(
            obtainedAt: state.schedule.obtainedAt, accessEndsAt: connection.accessTokenExpiresAt,
            refreshEndsAt: connection.refreshTokenExpiresAt, random: world.random)
        _ = try await world.store.noteRefresh(
            entry, RefreshStep(.superseded, at: world.clock.now, due: due, outcome: "superseded"), audit: [])
        count("superseded")
        return .current
    }

    func probe(_ state: RefreshState) async -> ProbeFinding {
        let connection = state.connection
        guard let credential = state.credential,
            let token = try? world.credentials.openAccessToken(credential, place: connection.place),
            let organization = try? OrganizationURL(subdomain: connection.subdomain, policy: world.zendesk.policy)
        else { return .unanswered }
        let client = ZendeskClient(organization: organization, transport: world.transport, accessToken: token)
        let finding = await TokenProbe(
            client: client, expiresAt: connection.accessTokenExpiresAt, now: world.clock.now
        ).find()
        let outcome: AuditOutcome = finding == .alive ? .succeeded : .failed(code: "probe.\(finding.rawValue)")
        try? await world.store.append([event(.refreshProbed, outcome, connection)])
        return finding
    }
}
