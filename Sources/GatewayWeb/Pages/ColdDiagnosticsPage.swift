import GatewayCore

/// What can be seen of an organization before anybody signs in: the form, and below it what the checks found.
struct ColdDiagnosticsPage: Page {
    static let template = "cold-diagnostics"

    let frame: PageFrame
    let formToken: String
    let coldDomain: String
    let coldTyped: String
    let coldError: FieldError?
    let coldDescribedBy: String
    let result: ColdResult?

    init(
        frame: PageFrame, formToken: String, domain: String, typed: String = "", error: Explanation? = nil,
        result: ColdResult? = nil
    ) {
        let heading = "Check an organization"
        self.frame = frame.titled(error == nil ? heading : "Error: \(heading)")
        self.formToken = formToken
        coldDomain = domain
        coldTyped = typed
        coldError = error.map(FieldError.init)
        coldDescribedBy = error == nil ? "organization_url-hint" : "organization_url-error organization_url-hint"
        self.result = result
    }
}

struct ColdResult: Sendable {
    let checkedOrganization: String
    let verdictMark: StateMark
    let verdictSentence: String
    let findings: [FindingRow]
    let hasOpenFindings: Bool
    let openFindings: [FindingRow]
    let connectHref: String?

    /// `mayConnect` offers the next step where nothing stands in its way.
    init(organization: String, verdict: CheckOutcome, findings: [FindingRow], mayConnect: Bool) {
        checkedOrganization = organization
        self.findings = findings
        openFindings = findings.filter(\.isOpen)
        hasOpenFindings = !openFindings.isEmpty
        connectHref = mayConnect && verdict != .fail ? "/connect" : nil
        (verdictMark, verdictSentence) =
            switch verdict {
            case .pass:
                (
                    StateMark(.good, "Can be connected"),
                    "Everything that can be seen without a sign-in is in place. Roles and IP restrictions show after it."
                )
            case .warn:
                (
                    StateMark(.warning, "Can probably be connected"),
                    "Something could not be told, or is unusual. Read the warnings below."
                )
            case .fail, .skipped:
                (StateMark(.attention, "Cannot be connected"), "Mend what failed below, then check again.")
            }
    }
}
