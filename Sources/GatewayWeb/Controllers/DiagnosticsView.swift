import FoundationEssentials
import Gateway
import GatewayCore
import Preflight
import Storage

/// A connection's last report in the words of a page.
struct DiagnosticsView: Sendable {
    let connection: Connection
    let subject: DiagnosticsSubject
    let summary: ReportSummary
    let findings: [FindingRow]
    private let now: Date

    /// `forEngineer` also tells what only whoever runs this gateway can do.
    init(of connection: Connection, desk: PageDesk, forEngineer: Bool) async throws {
        let now = desk.web.clock.now
        let report = try await desk.web.diagnostics.latest(of: connection.id)
        self.connection = connection
        self.now = now
        subject = DiagnosticsSubject(
            connectionID: connection.id.text, organization: connection.subdomain,
            organizationURL: try desk.organization(of: connection).text, personName: connection.connectedBy.name,
            personEmail: connection.connectedBy.email)
        summary =
            report.flatMap { ReportSummary($0, standsBefore: connection.standsDespite($0), now: now) } ?? .none
        findings =
            report?.checks.map { FindingRow($0, now: now, forEngineer: forEngineer) }
            ?? CheckCode.allCases.map(FindingRow.init(notRun:))
    }

    /// What changed since the run before, and what came before that.
    func record(_ store: any GatewayStore) async throws -> DiagnosticsRecord {
        let stretches = try await store.preflightHistory(
            of: connection.id, before: nil, limit: DiagnosticsController.shownHistory + 1)
        // A stretch of several runs has the run before in itself.
        let changes: [ChangeRow]? =
            switch (stretches.first, stretches.dropFirst().first) {
            case (let last?, let before?) where last.runs == 1:
                PreflightChange.between(before.outcomes, and: last.outcomes).map(ChangeRow.init)
            case (let last?, _) where last.runs > 1: []
            default: nil
            }
        return DiagnosticsRecord(
            connectionID: connection.id.text, changes: changes, history: rows(stretches))
    }

    func handOver(_ links: DiagnosticsLinks, newLink: String?) async throws -> HandOverDesk {
        let live = try await links.live(of: connection.id)
        return HandOverDesk(
            connectionID: connection.id.text,
            links: live.map { link in
                HandedLinkRow(
                    id: link.id.text, made: PageMoment(link.createdAt, now: now),
                    ends: PageMoment(link.expiresAt, now: now), opened: PageMoment(link.openedAt, now: now))
            },
            newLink: newLink, lifetime: "24 hours",
            offersNew: live.count < DiagnosticsLinks.maximumLive && connection.status.holdsTokens)
    }

    /// Each stretch against the one before it, which the list holds further down.
    private func rows(_ stretches: [PreflightStretch]) -> [HistoryRow] {
        stretches.prefix(DiagnosticsController.shownHistory).enumerated().map { index, stretch in
            let before = stretches.dropFirst(index + 1).first
            return HistoryRow(
                last: PageMoment(stretch.lastAt, now: now), first: PageMoment(stretch.firstAt, now: now),
                runs: stretch.runs, verdict: CheckOutcome(rawValue: stretch.verdict.rawValue) ?? .fail,
                note: Self.note(stretch, before))
        }
    }

    /// The first few; an outage changes nearly all of them at once.
    private static func note(_ stretch: PreflightStretch, _ before: PreflightStretch?) -> String {
        guard let before else { return "The first run that is known." }
        let changes = PreflightChange.between(before.outcomes, and: stretch.outcomes)
        guard !changes.isEmpty else { return "As before." }
        let told = changes.prefix(shownChanges).map {
            "\($0.title): \(CheckOutcome($0.now).mark.word.lowercased())"
        }
        let rest = changes.count - told.count
        return told.joined(separator: "; ") + (rest > 0 ? "; and \(rest) more." : ".")
    }

    private static let shownChanges = 3
}

extension Connection {
    /// The report could not reach Zendesk, and the run before it passed.
    func standsDespite(_ report: PreflightReport) -> Bool {
        report.isOutage && preflight.map { $0.verdict != .fail } ?? false
    }
}

extension PreflightReport {
    /// What somebody has to look at.
    func openFindings(now: Date, forEngineer: Bool) -> [FindingRow] {
        checks.filter { $0.status == .fail || $0.status == .warn }
            .map { FindingRow($0, now: now, forEngineer: forEngineer) }
    }
}

extension CheckOutcome {
    init(_ status: CheckStatus) {
        self =
            switch status {
            case .pass: .pass
            case .warn: .warn
            case .fail: .fail
            case .skipped: .skipped
            }
    }
}

extension FindingRow {
    init(_ check: PreflightReport.Check, now: Date, forEngineer: Bool) {
        self.init(
            code: check.code, title: check.title, outcome: CheckOutcome(check.status), message: check.message,
            steps: check.steps ?? check.remedy.map { [$0] } ?? [], whereToMend: check.where,
            forOperator: forEngineer ? check.for_operator : nil,
            evidence: check.evidence.sorted { $0.key < $1.key }.map { EvidenceRow($0.key, $0.value) },
            lookedAt: PageMoment(check.checked_at.flatMap { try? Date($0, strategy: .iso8601) }, now: now))
    }

    /// A check that will run some day.
    init(notRun code: CheckCode) {
        self.init(code: code.rawValue, title: code.title, mark: StateMark(.off, "Not checked"), message: "")
    }
}

extension ChangeRow {
    init(_ change: PreflightChange) {
        self.init(title: change.title, before: CheckOutcome(change.before), now: CheckOutcome(change.now))
    }
}

extension ReportSummary {
    /// Nil when the report is not readable.
    init?(_ report: PreflightReport, standsBefore: Bool, now: Date) {
        guard let summary = report.summary, let verdict = CheckOutcome(rawValue: report.verdict) else { return nil }
        func count(_ status: CheckStatus) -> Int { report.checks.count { $0.status == status } }
        self.init(
            verdict: verdict, failed: count(.fail), skipped: count(.skipped), warned: count(.warn),
            standsBefore: standsBefore, checkedAt: PageMoment(summary.checkedAt, now: now),
            milliseconds: report.duration_ms)
    }
}
