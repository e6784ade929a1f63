package import FoundationEssentials
package import GatewayCore
package import Storage

/// Renews the tokens of every connection that can be renewed, some at a time. What a run before has done is not done again.
package struct RefreshAll: Sendable {
    package struct Tally: Sendable, Equatable {
        package var connections = 0
        package var renewed = 0
        /// By an earlier run of the same undertaking, or by the schedule since it began.
        package var renewedBefore = 0
        /// By the refusal's code.
        package var refusals: [String: Int] = [:]

        package var isComplete: Bool { renewed + renewedBefore == connections }
    }

    /// Beside a running gateway: fast enough for ten thousand in a quarter of an hour, slow enough not to starve it, and of
    /// one organization no more than the schedule takes.
    package struct Pace: Sendable {
        package var atOnce = 16
        package var atOnceForOne = 2
        package var perSecond = 25.0

        package init() {}
    }

    fileprivate enum Outcome: Sendable {
        case renewed, renewedBefore
        case refused(code: String)
    }

    let store: any GatewayStore
    let broker: TokenBroker
    let pace: Pace

    package init(store: any GatewayStore, broker: TokenBroker, pace: Pace = Pace()) {
        self.store = store
        self.broker = broker
        self.pace = pace
    }

    /// `since` is when the undertaking began: whoever goes on with one names its date.
    package func run(
        tenant: TenantID?, since: Date, actor: AuditActor, report: @Sendable (Tally) -> Void = { _ in }
    ) async throws -> Tally {
        var tally = Tally()
        let live = try await live(tenant)
        tally.connections = live.count
        report(tally)
        let gate = RefreshGate(total: pace.atOnce, each: pace.atOnceForOne)
        await withTaskGroup(of: Outcome.self) { group in
            var waiting = live[...]
            var running = 0
            while running > 0 || !waiting.isEmpty {
                if running < pace.atOnce * 2, let next = waiting.popFirst() {
                    running += 1
                    group.addTask { await outcome(of: next, since, actor, gate) }
                } else if let outcome = await group.next() {
                    running -= 1
                    tally.count(outcome)
                    report(tally)
                    if case .renewed = outcome { try? await Task.sleep(for: .seconds(1 / pace.perSecond)) }
                }
            }
        }
        return tally
    }

    private func live(_ tenant: TenantID?) async throws -> [(id: ConnectionID, organization: String)] {
        try await store.everyConnection(matching: ConnectionQuery(tenant: tenant)) { connection in
            connection.status == .active || connection.status == .inDoubt
                ? (connection.id, connection.subdomain) : nil
        }
    }

    private func outcome(
        of next: (id: ConnectionID, organization: String), _ since: Date, _ actor: AuditActor, _ gate: RefreshGate
    ) async -> Outcome {
        await gate.enter(next.organization)
        defer { gate.leave(next.organization) }
        if let last = try? await store.lastRefresh(of: next.id), last.phase == .committed, last.begunAt >= since {
            return .renewedBefore
        }
        do {
            _ = try await broker.refresh(next.id, actor: actor)
            return .renewed
        } catch {
            return .refused(code: (error as? any Explained)?.explanation.code ?? "unexpected")
        }
    }
}

extension RefreshAll.Tally {
    fileprivate mutating func count(_ outcome: RefreshAll.Outcome) {
        switch outcome {
        case .renewed: renewed += 1
        case .renewedBefore: renewedBefore += 1
        case .refused(let code): refusals[code, default: 0] += 1
        }
    }
}
