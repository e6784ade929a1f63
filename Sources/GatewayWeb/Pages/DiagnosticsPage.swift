/// A preflight report, check by check, with what it takes to mend what failed.
///
/// Two kinds of people see it: who is signed in, and whoever was handed a link to it. The second sees the findings and may
/// run the checks again, and nothing else.
struct DiagnosticsPage: Page {
    static let template = "diagnostics"

    let frame: PageFrame
    let organization: String
    let organizationLink: OutsideLink?
    /// Whose connection it is, where that is not the visitor's own tenant.
    let ownerTenant: String?
    let personName: String
    let personEmail: String?
    let summary: ReportSummary
    let hasRun: Bool
    let findings: [FindingRow]
    let hasOpenFindings: Bool
    let openFindings: [FindingRow]
    let connectionLink: PageLink?
    let canRun: Bool
    let runHref: String
    let formToken: String
    let hasRecord: Bool
    let record: DiagnosticsRecord?
    let handOver: HandOverDesk?
    let handedOverUntil: PageMoment?
    /// For the script, which has no shapes of its own.
    let toneMarks: [StateMark]

    /// Everything about a connection's last run; without one, `summary` says so and the page offers the first.
    init(
        frame: PageFrame, subject: DiagnosticsSubject, summary: ReportSummary, findings: [FindingRow],
        formToken: String, canRun: Bool, ownerTenant: String? = nil, record: DiagnosticsRecord? = nil,
        handOver: HandOverDesk? = nil
    ) {
        self.init(
            frame: frame, subject: subject, summary: summary, findings: findings, formToken: formToken,
            canRun: canRun, runHref: OwnPath.connection(subject.connectionID, "/diagnostics"),
            connectionLink: PageLink(subject.organization, path: OwnPath.connection(subject.connectionID)),
            tenant: ownerTenant, email: subject.personEmail, record: record, handOver: handOver, until: nil)
    }

    /// The same for whoever was handed a link.
    init(
        handedOver subject: DiagnosticsSubject, until: PageMoment, summary: ReportSummary, findings: [FindingRow],
        formToken: String, canRun: Bool
    ) {
        self.init(
            frame: PageFrame(), subject: subject, summary: summary, findings: findings, formToken: formToken,
            canRun: canRun, runHref: OwnPath.handedOver, connectionLink: nil, tenant: nil, email: nil, record: nil,
            handOver: nil, until: until)
    }

    private init(
        frame: PageFrame, subject: DiagnosticsSubject, summary: ReportSummary, findings: [FindingRow],
        formToken: String, canRun: Bool, runHref: String, connectionLink: PageLink?, tenant: String?,
        email: String?, record: DiagnosticsRecord?, handOver: HandOverDesk?, until: PageMoment?
    ) {
        self.frame = frame.titled("Diagnostics of \(subject.organization)")
        organization = subject.organization
        organizationLink = OutsideLink(subject.organizationURL, about: subject.organization)
        ownerTenant = tenant
        personName = subject.personName
        personEmail = email
        self.summary = summary
        hasRun = summary.checkedAt != nil
        self.findings = findings
        openFindings = findings.filter(\.isOpen)
        hasOpenFindings = !openFindings.isEmpty
        self.connectionLink = connectionLink
        self.canRun = canRun
        self.runHref = runHref
        self.formToken = formToken
        hasRecord = record != nil
        self.record = record
        self.handOver = handOver
        handedOverUntil = until
        toneMarks = CheckOutcome.allCases.map(\.mark) + [StateMark(.busy, "Checking")]
    }
}

/// Which connection a page of diagnostics is about.
struct DiagnosticsSubject: Sendable {
    let connectionID: String
    let organization: String
    let organizationURL: String
    let personName: String
    let personEmail: String?

    init(
        connectionID: String, organization: String, organizationURL: String, personName: String, personEmail: String?
    ) {
        self.connectionID = connectionID
        self.organization = organization
        self.organizationURL = organizationURL
        self.personName = personName
        self.personEmail = personEmail
    }
}
