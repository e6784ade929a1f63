/// One check of a preflight report: how it ended, why, what to do and where.
struct FindingRow: Sendable {
    let code: String
    /// Where on the page it stands.
    let anchor: String
    let jump: String
    let title: String
    let mark: StateMark
    let message: String
    /// What to do, when it is one thing.
    let onlyStep: String?
    let hasSteps: Bool
    /// What to do, when it is several, in order.
    let steps: [String]
    let fixAt: OutsideLink?
    /// What whoever runs this gateway can do; nil on pages of everybody else.
    let forOperator: String?
    let hasEvidence: Bool
    let evidence: [EvidenceRow]
    /// When it was looked at, if that was not in the run that the page shows.
    let lookedAt: PageMoment?

    /// Whether somebody has to look at it.
    var isOpen: Bool { mark.isAttention || mark.isWarning }

    /// `whereToMend` is the report's `where`: an address in the organization's own Admin Center.
    init(
        code: String, title: String, mark: StateMark, message: String, steps: [String] = [],
        whereToMend: String? = nil, forOperator: String? = nil, evidence: [EvidenceRow] = [],
        lookedAt: PageMoment? = nil
    ) {
        self.code = code
        anchor = "check-\(code)"
        jump = "#check-\(code)"
        self.title = title
        self.mark = mark
        self.message = message
        onlyStep = steps.count == 1 ? steps[0] : nil
        hasSteps = steps.count > 1
        self.steps = steps.count > 1 ? steps : []
        self.fixAt = OutsideLink(whereToMend, about: title)
        self.forOperator = forOperator
        self.hasEvidence = !evidence.isEmpty
        self.evidence = evidence
        self.lookedAt = lookedAt
    }

    init(
        code: String, title: String, outcome: CheckOutcome, message: String, steps: [String] = [],
        whereToMend: String? = nil, forOperator: String? = nil, evidence: [EvidenceRow] = [],
        lookedAt: PageMoment? = nil
    ) {
        self.init(
            code: code, title: title, mark: outcome.mark, message: message, steps: steps, whereToMend: whereToMend,
            forOperator: forOperator, evidence: evidence, lookedAt: lookedAt)
    }
}

/// A fact a check saw, never a secret.
struct EvidenceRow: Sendable {
    let term: String
    let fact: String

    init(_ term: String, _ fact: String) {
        self.term = term
        self.fact = fact
    }
}
