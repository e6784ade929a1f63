/// A preflight report, check by check.
struct DiagnosticsPage: Page {
    static let template = "diagnostics"

    let frame: PageFrame
    let organization: String
    let verdict: StateMark
    let verdictSentence: String
    let hasRun: Bool
    let checkedAt: PageMoment?
    let took: String
    let findings: [FindingRow]
    let connectionLink: PageLink?
    let canRun: Bool
    let runHref: String
    let formToken: String

    /// A connection's last report; without one, `report` is nil and the page offers the first run.
    init(
        frame: PageFrame, organization: String, connectionID: String, report: ReportSummary?, findings: [FindingRow],
        formToken: String, canRun: Bool
    ) {
        self.frame = frame.titled("Diagnostics of \(organization)")
        self.organization = organization
        self.findings = findings
        self.formToken = formToken
        self.canRun = canRun
        connectionLink = PageLink(organization, path: OwnPath.connection(connectionID))
        runHref = OwnPath.connection(connectionID, "/diagnostics")
        hasRun = report != nil
        checkedAt = report?.checkedAt
        took = report?.took ?? ""
        (verdict, verdictSentence) = Self.verdict(report?.verdict)
    }

    private static func verdict(_ outcome: CheckOutcome?) -> (StateMark, String) {
        switch outcome {
        case .pass: (StateMark(.good, "Ready"), "Every check passed. This organization is ready to sync.")
        case .warn:
            (StateMark(.warning, "Ready, with warnings"), "This organization can sync. Read the warnings below.")
        case .fail:
            (StateMark(.attention, "Not ready"), "Nothing is synced until the failed checks below are mended.")
        case .skipped, nil: (StateMark(.off, "Not checked"), "No check has run yet.")
        }
    }
}

/// The head of a preflight report.
struct ReportSummary: Sendable {
    let verdict: CheckOutcome
    let checkedAt: PageMoment
    let took: String

    init(verdict: CheckOutcome, checkedAt: PageMoment, milliseconds: Int) {
        self.verdict = verdict
        self.checkedAt = checkedAt
        let tenths = milliseconds / 100
        took = milliseconds < 1000 ? "\(milliseconds) ms" : "\(tenths / 10).\(tenths % 10) s"
    }
}
