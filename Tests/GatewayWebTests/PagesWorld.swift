import Foundation
import GatewayCore
import Preflight

@testable import GatewayWeb

/// Each page in each of its states, with every text that comes from elsewhere passed through `text`.
struct PagesWorld: Sendable {
    struct Sample {
        let name: String
        let page: any Page
    }

    static let plain = PagesWorld { $0 }
    static let now = Date(timeIntervalSince1970: 1_764_000_000)

    let text: @Sendable (String) -> String

    var samples: [Sample] { integrations + zendesk + found + connect + connection + diagnostics + security + notices }

    var frame: PageFrame { PageFrame(tenant: text("default"), signOutFormToken: text("sign-out-token")) }
    var greeted: PageFrame {
        PageFrame(
            tenant: text("default"), signOutFormToken: text("sign-out-token"), areas: PageArea.allCases,
            messages: Tone.allCases.map { PageMessage($0, text("Disconnected acme.")) })
    }

    private var integrations: [Sample] {
        [
            Sample(
                name: "integrations-none",
                page: IntegrationsPage(frame: greeted, standings: [], canConnect: true)),
            Sample(
                name: "integrations-one",
                page: IntegrationsPage(frame: frame, standings: [.connected], canConnect: true)),
            Sample(
                name: "integrations-attention",
                page: IntegrationsPage(
                    frame: frame, standings: [.needsAttention, .inDoubt, .connected], canConnect: false)),
            Sample(
                name: "integrations-looked-at",
                page: IntegrationsPage(frame: frame, standings: [.unreachable, .connected], canConnect: true)),
        ]
    }

    private var zendesk: [Sample] {
        let rows = ConnectionStanding.allCases.map {
            ConnectionRow(
                id: text("con_1"), organization: text("acme"), levelTitle: "Read", connectedBy: text("Ada Admin"),
                standing: $0)
        }
        let waiting = [false, true].map {
            WaitingRow(organization: text("acme"), started: "3 minutes ago", expired: $0, retryPath: text("/connect"))
        }
        return [
            Sample(
                name: "zendesk-empty",
                page: ZendeskPage(frame: frame, connections: [], waiting: [], access: .notConnected, canConnect: true)),
            Sample(
                name: "zendesk-waiting",
                page: ZendeskPage(
                    frame: frame, connections: rows, waiting: waiting, access: .needsAttention, canConnect: true)),
            Sample(
                name: "zendesk-waiting-seen-by-support",
                page: ZendeskPage(
                    frame: frame, connections: [], waiting: waiting, access: .notConnected, canConnect: false)),
            Sample(
                name: "zendesk-read",
                page: ZendeskPage(
                    frame: frame, connections: rows, waiting: [], access: .granted(.read), canConnect: false)),
            Sample(
                name: "zendesk-act",
                page: ZendeskPage(
                    frame: frame, connections: Array(rows[3...3]), waiting: [], access: .granted(.readAndAct),
                    canConnect: true)),
        ]
    }

    private var found: [Sample] {
        let rows = ConnectionStanding.allCases.map {
            FoundConnection(
                id: text("con_1"), organization: text("acme"), tenant: text("globex"), connectedBy: text("Ada Admin"),
                standing: $0)
        }
        return [
            Sample(
                name: "all-connections-none",
                page: AllConnectionsPage(frame: greeted, typed: "", connections: [], next: nil)),
            Sample(
                name: "all-connections-newest",
                page: AllConnectionsPage(frame: frame, typed: "", connections: rows, next: text("1.con_1"))),
            Sample(
                name: "all-connections-not-found",
                page: AllConnectionsPage(frame: frame, typed: text("acme"), connections: [], next: nil)),
        ]
    }

    private var connect: [Sample] {
        let refusal = Explanation(
            code: "organization_url.help_center", message: text("That looks like a help center address."),
            remedy: text("Enter the address your agents use, like acme.zendesk.com."))
        let choose = Explanation(
            code: "permission_level.missing", message: text("Choose a permission level."),
            remedy: text("Read is enough to sync."))
        let busy = Explanation(
            code: "zendesk.unreachable", message: text("Zendesk did not answer."),
            remedy: text("Try again in a minute."))
        return [
            Sample(
                name: "connect-empty",
                page: ConnectPage(frame: frame, formToken: text("token"), domain: text("zendesk.com"))),
            Sample(
                name: "connect-refused",
                page: ConnectPage(
                    frame: frame, formToken: text("token"), domain: text("zendesk.com"), typed: text("help.acme.com"),
                    chosen: .read, organizationError: refusal, levelError: choose, formError: busy)),
            Sample(
                name: "connect-fixed",
                page: ConnectPage(
                    frame: frame, formToken: text("token"), domain: text("zendesk.com"), offered: [.read],
                    fixedOrganization: text("acme.zendesk.com"))),
            Sample(
                name: "connect-again",
                page: ConnectPage(
                    frame: frame, formToken: text("token"), domain: text("zendesk.com"), chosen: .readAndAct,
                    fixedOrganization: text("acme.zendesk.com"), reauthorizing: text("con_1"))),
            Sample(
                name: "connect-change-level",
                page: ConnectPage(
                    frame: frame, formToken: text("token"), domain: text("zendesk.com"), chosen: .readAndAct,
                    fixedOrganization: text("acme.zendesk.com"), reauthorizing: text("con_1"), changing: .read)),
        ]
    }

    private var connection: [Sample] {
        ConnectionStanding.allCases.map { standing in
            Sample(
                name: "connection-\(standing)",
                page: ConnectionPage(
                    frame: frame, facts: facts, standing: standing,
                    reason: standing == .needsReauthorization ? text("Zendesk says that it was withdrawn.") : nil,
                    findings: standing == .needsAttention ? findings.filter { $0.mark.isAttention } : [],
                    access: access(standing),
                    sync: SyncNote(
                        state: standing == .connectedAndSynced ? "completed" : "not_started",
                        lastCompleted: standing == .connectedAndSynced ? moment(-7200) : nil),
                    formToken: text("token"), mayAct: true, keepsStill: standing == .inDoubt))
        } + [
            Sample(
                name: "connection-looked-at-by-support",
                page: ConnectionPage(
                    frame: frame, facts: facts, standing: .connected, access: access(.connected),
                    sync: SyncNote(state: "running"), formToken: text("token"), mayAct: false,
                    ownerTenant: text("globex")))
        ]
            + RenewalOutcome.allCases.map { outcome in
                Sample(
                    name: "connection-renewal-\(outcome)",
                    page: ConnectionPage(
                        frame: frame, facts: facts, standing: .connected,
                        access: AccessNote(
                            lastsUntil: nil, isRenewable: false, lastRenewal: RenewalNote(outcome, at: moment(-60)),
                            nextRenewal: nil, inUse: UseNote(handOuts: 0, programs: 0, since: nil, most: 100),
                            engineering: []),
                        sync: SyncNote(state: "running"), formToken: text("token"), mayAct: true))
            }
    }

    private var diagnostics: [Sample] {
        let passed = findings.filter { $0.mark.isGood }
        let warned = findings.filter { $0.mark.isGood || $0.mark.isWarning }
        return [
            diagnosticsSample("never-run", .none, [FindingRow(notRun: .hostResolves)], hasRecord: false),
            diagnosticsSample("pass", summary(.pass), passed), diagnosticsSample("warn", summary(.warn), warned),
            diagnosticsSample("fail", summary(.fail), findings, newLink: text("http://localhost:8080/diagnose/lkd_x")),
            diagnosticsSample("unreachable", summary(.fail, standsBefore: true), findings),
            Sample(
                name: "diagnostics-of-another-tenant",
                page: DiagnosticsPage(
                    frame: greeted, subject: subject, summary: summary(.fail), findings: findings,
                    formToken: text("token"), canRun: true, ownerTenant: text("globex"), record: record)),
            Sample(
                name: "diagnostics-handed-over",
                page: DiagnosticsPage(
                    handedOver: subject, until: moment(72_000), summary: summary(.fail),
                    findings: findings.filter { $0.forOperator == nil },
                    formToken: text("token"), canRun: true)),
        ] + coldDiagnostics
    }

    private var coldDiagnostics: [Sample] {
        let refusal = Explanation(
            code: "organization_url.scheme", message: text("That is no address."), remedy: text("Type the name."))
        let results: [(String, CheckOutcome)] = [("pass", .pass), ("warn", .warn), ("fail", .fail)]
        return [
            Sample(
                name: "cold-empty",
                page: ColdDiagnosticsPage(frame: frame, formToken: text("token"), domain: text("zendesk.com"))),
            Sample(
                name: "cold-refused",
                page: ColdDiagnosticsPage(
                    frame: frame, formToken: text("token"), domain: text("zendesk.com"), typed: text("a b"),
                    error: refusal)),
        ]
            + results.map { name, verdict in
                Sample(
                    name: "cold-\(name)",
                    page: ColdDiagnosticsPage(
                        frame: frame, formToken: text("token"), domain: text("zendesk.com"), typed: text("acme"),
                        result: ColdResult(
                            organization: text("acme"), verdict: verdict, findings: findings, mayConnect: true)))
            }
    }

    private var subject: DiagnosticsSubject {
        DiagnosticsSubject(
            connectionID: text("con_1"), organization: text("acme"), organizationURL: text("https://acme.zendesk.com"),
            personName: text("Ada Admin"), personEmail: text("ada@acme.example"))
    }

    private func summary(_ verdict: CheckOutcome, standsBefore: Bool = false) -> ReportSummary {
        ReportSummary(
            verdict: verdict, failed: 2, skipped: 1, warned: 1, standsBefore: standsBefore, checkedAt: moment(-60),
            milliseconds: 1840)
    }

    private var record: DiagnosticsRecord {
        DiagnosticsRecord(
            connectionID: text("con_1"),
            changes: [ChangeRow(title: text("Guide role is Admin"), before: .pass, now: .fail)],
            history: [
                HistoryRow(
                    last: moment(-60), first: moment(-60), runs: 1, verdict: .fail,
                    note: text("Guide role is Admin: failed")),
                HistoryRow(last: moment(-90_000), first: moment(-900_000), runs: 12, verdict: .pass, note: text("")),
            ])
    }

    private func diagnosticsSample(
        _ name: String, _ summary: ReportSummary, _ findings: [FindingRow], hasRecord: Bool = true,
        newLink: String? = nil
    ) -> Sample {
        let links = [nil, moment(-30)].map {
            HandedLinkRow(id: text("dl_1"), made: moment(-600), ends: moment(80_000), opened: $0)
        }
        return Sample(
            name: "diagnostics-\(name)",
            page: DiagnosticsPage(
                frame: frame, subject: subject, summary: summary, findings: findings, formToken: text("token"),
                canRun: true, record: hasRecord ? record : nil,
                handOver: HandOverDesk(
                    connectionID: text("con_1"), links: newLink == nil ? [] : links, newLink: newLink,
                    lifetime: "24 hours", offersNew: true)))
    }

    private var notices: [Sample] {
        NoticePage.Occasion.allCases.map {
            Sample(name: "notice-\($0)", page: NoticePage($0, reference: text("req_7Q2")))
        } + [
            Sample(
                name: "notice-own-words",
                page: NoticePage(
                    frame: frame, heading: text("Zendesk was not connected"),
                    explanation: Explanation(code: "a.b", message: text("It said no."), remedy: text("Ask again.")),
                    link: PageLink(text("Start again"), path: text("/connect")))),
            Sample(name: "continue", page: ContinuePage(path: text("/integrations"))),
        ]
    }

    func moment(_ seconds: Double) -> PageMoment {
        PageMoment(Self.now.addingTimeInterval(seconds), now: Self.now)
    }

    private var facts: ConnectionFacts {
        ConnectionFacts(
            id: text("con_1"), organization: text("acme"), organizationURL: text("https://acme.zendesk.com"),
            levelTitle: "Read and take action", personName: text("Ada Admin"), personEmail: text("ada@acme.example"),
            personRole: text("admin"), connectedAt: moment(-86_400 * 3))
    }

    private func access(_ standing: ConnectionStanding) -> AccessNote {
        let isFresh = standing == .connecting || standing == .checking
        return AccessNote(
            lastsUntil: moment(7_700_000), isRenewable: true,
            lastRenewal: isFresh ? nil : RenewalNote(.renewed, at: moment(-3600)),
            nextRenewal: standing == .needsReauthorization ? nil : moment(80_000),
            inUse: UseNote(
                handOuts: isFresh ? 1 : 12, programs: isFresh ? 1 : 2, since: "4 minutes ago", most: 10_000),
            engineering: [
                EvidenceRow("Connection", text("con_1")), EvidenceRow("Granted scopes", text("read write")),
                EvidenceRow("Its class", text("committed (renewed)")),
            ])
    }

    private var findings: [FindingRow] {
        let center = text("https://acme.zendesk.com/admin/account/security/advanced")
        let evidence = [EvidenceRow(text("seen"), text("ip_restriction_enabled: true"))]
        return [
            FindingRow(
                code: "host.resolves", title: text("The organization's address exists"), outcome: .pass,
                message: text("acme.zendesk.com answers.")),
            FindingRow(
                code: "plan.login_activity", title: text("Sign-ins count as usage"), outcome: .warn,
                message: text("This plan does not tell who signed in."), steps: [text("Nothing has to be done.")],
                evidence: evidence),
            FindingRow(
                code: "guide_role.admin", title: text("Guide role is Admin"), outcome: .fail,
                message: text("The Guide box is not marked for Ada Admin."),
                steps: [text("Open Admin Center, People, Team members."), text("Mark Guide with the role Admin.")],
                whereToMend: text("https://acme.zendesk.com/admin/people/team/members"), evidence: evidence,
                lookedAt: moment(-600)),
            FindingRow(
                code: "ip_restrictions.off", title: text("IP restrictions are off"), outcome: .fail,
                message: text("IP restrictions are on and do not include our addresses."),
                steps: [text("Switch them off, or add our addresses.")], whereToMend: center,
                forOperator: text("Name our addresses in the settings."), evidence: evidence),
            FindingRow(
                code: "refresh.works", title: text("The connection can be renewed"), outcome: .skipped,
                message: text("Not tried, because an earlier check failed.")),
        ]
    }
}
