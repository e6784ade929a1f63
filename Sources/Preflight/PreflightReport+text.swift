extension PreflightReport {
    /// For a support ticket: everything that the report knows, and nothing else. No secret is in a report.
    package var plainText: String {
        let head = [
            "Latchkey preflight report \(id)", "",
            "Organization: \(organization.url)", connection_id.map { "Connection:   \($0)" },
            "Verdict:      \(verdict)", "Checked:      \(started_at), took \(duration_ms) ms", "",
        ].compactMap { $0 }
        return (head + checks.flatMap(Self.lines)).joined(separator: "\n") + "\n"
    }

    private static func lines(of check: Check) -> [String] {
        let steps = check.steps ?? check.remedy.map { [$0] } ?? []
        let numbered = steps.enumerated().map { "\($0.offset + 1). \($0.element)" }
        let seen = check.evidence.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let more =
            [check.message] + numbered
            + [check.where.map { "See \($0)" }, check.for_operator.map { "For the operator: \($0)" }].compactMap { $0 }
            + (seen.isEmpty ? [] : ["Seen: " + seen.joined(separator: ", ")])
            + [check.checked_at.map { "Looked at \($0), not in this run." }].compactMap { $0 }
        return ["[\(check.status.rawValue)] \(check.code): \(check.title)"] + more.map { "    " + $0 } + [""]
    }
}
