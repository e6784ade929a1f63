import GatewayCore
import Preflight
import Storage

extension Diagnostics {
    /// Decided anew when somebody else's report came in between.
    private static let attempts = 5

    /// Keeps the report, and what it means for the connection, in one step.
    func keep(_ examination: Examination, of connection: Connection, actor: AuditActor) async throws {
        let report = examination.report
        guard let summary = report.summary, let id = PreflightReportID(report.id) else { throw StorageError.damaged }
        let stored = StoredPreflightReport(
            id: id, connection: connection.id, verdict: summary.verdict, checkedAt: summary.checkedAt,
            outcomes: report.outcomes, json: try report.json())
        var connection = connection
        for attempt in 1...Self.attempts {
            let decision = PreflightDecision(report, account: examination.account, of: connection)
            do {
                try await store.recordPreflight(
                    stored, meaning: decision.meaning,
                    audit: decision.events.map {
                        event($0.action, $0.outcome, connection, actor, subject: $0.subject)
                    })
                count(decision, summary.verdict)
                return
            } catch StorageError.conflict where attempt < Self.attempts {
                guard let now = try await store.connection(connection.id), now.status != .disconnected else {
                    throw StorageError.conflict
                }
                connection = now
            }
        }
    }

    private func count(_ decision: PreflightDecision, _ verdict: Verdict) {
        metrics.count(
            "latchkey_preflight_runs_total", "Kept preflight runs, by verdict.", labels: ["verdict": verdict.rawValue])
        guard decision.changesVerdict else { return }
        metrics.count(
            "latchkey_preflight_verdict_changes_total", "Connections whose verdict changed, by the new one.",
            labels: ["verdict": verdict.rawValue])
    }

    func event(
        _ action: AuditAction, _ outcome: AuditOutcome, _ connection: Connection, _ actor: AuditActor,
        subject: String? = nil
    ) -> AuditEvent {
        AuditEvent(
            at: clock.now, actor: actor, action: action, outcome: outcome, tenant: connection.tenant,
            connection: connection.id, subject: subject ?? connection.subdomain, generation: connection.generation)
    }
}

/// What a report makes of its connection. Pure.
struct PreflightDecision {
    struct Event {
        let action: AuditAction
        let outcome: AuditOutcome
        /// Nil: the organization.
        let subject: String?

        init(_ action: AuditAction, _ outcome: AuditOutcome, subject: String? = nil) {
            self.action = action
            self.outcome = outcome
            self.subject = subject
        }
    }

    /// Nil: the connection stays what it is.
    let meaning: PreflightMeaning?
    let events: [Event]
    let changesVerdict: Bool

    init(_ report: PreflightReport, account: String? = nil, of connection: Connection) {
        let verdict = Verdict(rawValue: report.verdict) ?? .fail
        let ran = Event(.preflightRun, verdict == .fail ? .failed(code: "preflight.fail") : .succeeded)
        guard Self.speaks(report, for: connection) else {
            (meaning, events, changesVerdict) = (nil, [ran], false)
            return
        }
        let before = connection.preflight?.verdict
        let begins = verdict != .fail && connection.sync.state == .waitingForPreflight
        var events = [ran]
        // The first one is told by readiness, or by what stands in its way.
        changesVerdict = before != verdict && (before != nil || verdict == .fail)
        if changesVerdict { events.append(Self.change(of: report, to: verdict)) }
        if begins { events.append(Event(.handedToSync, .succeeded)) }
        self.events = events
        let state: SyncState =
            verdict == .fail ? .waitingForPreflight : begins ? .notStarted : connection.sync.state
        meaning = PreflightMeaning(
            sync: SyncProgress(state: state, lastCompletedAt: connection.sync.lastCompletedAt),
            from: .init(verdict: before, sync: connection.sync.state), account: account)
    }

    /// Names the first check that failed; the others may only follow from it.
    private static func change(of report: PreflightReport, to verdict: Verdict) -> Event {
        let code = report.firstFailure ?? "preflight.fail"
        return Event(
            .preflightVerdictChanged, verdict == .fail ? .failed(code: code) : .succeeded, subject: verdict.rawValue)
    }

    /// An outage says nothing about a connection that worked; nor does what was seen before the summary was.
    private static func speaks(_ report: PreflightReport, for connection: Connection) -> Bool {
        guard let before = connection.preflight else { return true }
        if report.isOutage, before.verdict != .fail { return false }
        return report.summary.map { before.checkedAt <= $0.checkedAt } ?? false
    }
}
