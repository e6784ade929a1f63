import Preflight

/// A report as people read it on a terminal: a line for each check, and under what needs somebody the way to mend it.
struct ReportTable {
    let lines: [String]

    init(_ report: PreflightReport) {
        let width = report.checks.map(\.code.count).max() ?? 0
        lines = report.checks.flatMap { check in
            ["  \(check.status.rawValue.padded(to: 9))\(check.code.padded(to: width + 2))\(check.message)"]
                + Self.remedy(of: check, indent: width + 13)
        }
    }

    private static func remedy(of check: PreflightReport.Check, indent: Int) -> [String] {
        let steps = check.steps ?? check.remedy.map { [$0] } ?? []
        let numbered = steps.count == 1 ? steps : steps.enumerated().map { "\($0.offset + 1). \($0.element)" }
        let place = check.where.map { ["See \($0)"] } ?? []
        let ours = check.for_operator.map { ["For the operator: \($0)"] } ?? []
        return (numbered + place + ours).map { String(repeating: " ", count: indent) + $0 }
    }
}

extension String {
    /// With blanks at the end, for columns.
    func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
