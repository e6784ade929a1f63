package import FoundationEssentials
package import GatewayCore

/// What a run of the checks found: a value. Its JSON is the API's answer, what is stored, and what the page shows.
package struct PreflightReport: Sendable, Codable, Equatable {
    package struct Organization: Sendable, Codable, Equatable {
        package let subdomain: String
        package let url: String
    }

    package struct Check: Sendable, Codable, Equatable {
        package let code: String
        package let title: String
        package let status: CheckStatus
        package let message: String
        package let remedy: String?
        /// The remedy one step at a time; nil in reports of older versions and where nothing needs doing.
        package let steps: [String]?
        /// A link into the organization's own Admin Center.
        package let `where`: String?
        /// What only whoever runs this gateway can do; not for pages of the organization's own people.
        package let for_operator: String?
        package let evidence: [String: String]
        package let duration_ms: Int
        /// When, if not in this run: a run of one check takes the other findings from the run before.
        package var checked_at: String?
    }

    package let id: String
    package let organization: Organization
    package let connection_id: String?
    package let verdict: String
    package let started_at: String
    package let duration_ms: Int
    package let checks: [Check]

    package init(
        id: PreflightReportID, organization: OrganizationURL, connection: ConnectionID?, startedAt: Date,
        durationMilliseconds: Int, findings: [CheckedFinding]
    ) {
        self.id = id.text
        self.organization = Organization(subdomain: organization.subdomain, url: organization.text)
        connection_id = connection?.text
        verdict = PreflightReport.verdict(of: findings.map(\.finding.status)).rawValue
        started_at = startedAt.formatted(.iso8601)
        duration_ms = durationMilliseconds
        checks = findings.map { Check($0, of: organization) }
    }

    private init(_ report: PreflightReport, checks: [Check]) {
        id = report.id
        organization = report.organization
        connection_id = report.connection_id
        verdict = PreflightReport.verdict(of: checks.map(\.status)).rawValue
        started_at = report.started_at
        duration_ms = report.duration_ms
        self.checks = checks
    }

    /// This report with what it did not look at taken from an earlier one, which says so.
    func completed(from earlier: PreflightReport, order: [CheckCode]) -> PreflightReport {
        PreflightReport(
            self,
            checks: order.compactMap { code in
                checks.first { $0.code == code.rawValue } ?? earlier.dated(code)
            })
    }

    private func dated(_ code: CheckCode) -> Check? {
        guard var check = checks.first(where: { $0.code == code.rawValue }) else { return nil }
        if check.checked_at == nil { check.checked_at = started_at }
        return check
    }

    package init(json: [UInt8]) throws {
        self = try JSONDecoder().decode(PreflightReport.self, from: Data(json))
    }

    /// Keys sorted, so that the same report is always the same bytes.
    package func json() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(self))
    }

    package var summary: PreflightSummary? {
        guard let verdict = Verdict(rawValue: verdict), let at = try? Date(started_at, strategy: .iso8601) else {
            return nil
        }
        return PreflightSummary(verdict: verdict, checkedAt: at)
    }

    /// A skipped check counts as failed: what was not looked at is not known to be fine.
    static func verdict(of statuses: [CheckStatus]) -> Verdict {
        if statuses.contains(.fail) || statuses.contains(.skipped) { return .fail }
        return statuses.contains(.warn) ? .warn : .pass
    }
}

extension PreflightReport.Check {
    /// Also for showing a finding before the report is there.
    package init(_ checked: CheckedFinding, of organization: OrganizationURL) {
        let finding = checked.finding
        code = checked.code.rawValue
        title = checked.code.title
        status = finding.status
        message = finding.message
        remedy = finding.remedy
        steps = finding.steps.isEmpty ? nil : finding.steps
        `where` = finding.place.map { organization.text + $0.path }
        for_operator = finding.forOperator
        evidence = finding.evidence
        duration_ms = checked.durationMilliseconds
        checked_at = nil
    }
}

/// A finding with the check it came from and what it took.
package struct CheckedFinding: Sendable, Equatable {
    package let code: CheckCode
    package let finding: Finding
    package let durationMilliseconds: Int
}
