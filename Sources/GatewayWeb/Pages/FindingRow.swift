/// One check of a preflight report: how it ended, why, what to do and where.
struct FindingRow: Sendable {
    let code: String
    let title: String
    let mark: StateMark
    let message: String
    let remedy: String?
    let fixAt: OutsideLink?
    let hasEvidence: Bool
    let evidence: [EvidenceRow]

    /// `whereToMend` is the report's `where`: an address in the organization's own Admin Center.
    init(
        code: String, title: String, outcome: CheckOutcome, message: String, remedy: String? = nil,
        whereToMend: String? = nil, evidence: [EvidenceRow] = []
    ) {
        self.code = code
        self.title = title
        self.mark = outcome.mark
        self.message = message
        self.remedy = remedy
        self.fixAt = OutsideLink(whereToMend, about: title)
        self.hasEvidence = !evidence.isEmpty
        self.evidence = evidence
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
