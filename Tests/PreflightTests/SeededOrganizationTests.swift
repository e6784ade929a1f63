import GatewayCore
import HTTPTypes
import TestSupport
import Testing

@testable import Preflight

@Suite("Seeded organizations") struct SeededOrganizationTests {
    /// Everything that did not pass, with why: nothing else may be found.
    struct Case: Sendable, CustomTestStringConvertible {
        let subdomain: String
        let findings: [String: String]
        var testDescription: String { subdomain }
    }

    private static let nobodyHome = Dictionary(
        uniqueKeysWithValues: [
            "oauth_client.known", "token.accepted", "identity.known", "scopes.granted", "support_role.admin",
            "guide_role.admin", "ip_restrictions.off", "plan.login_activity", "rate_limit.headroom", "refresh.works",
        ].map { ($0, "skipped organization.exists") })

    static let cases = [
        Case(subdomain: "acme", findings: [:]),
        Case(
            subdomain: "agentville",
            findings: [
                "support_role.admin": "fail agent", "guide_role.admin": "fail agent true",
                "ip_restrictions.off": "skipped support_role.admin",
                "plan.login_activity": "skipped support_role.admin",
            ]),
        Case(subdomain: "noguide", findings: ["guide_role.admin": "fail admin false"]),
        Case(subdomain: "fenced", findings: ["ip_restrictions.off": "fail 3"]),
        Case(
            subdomain: "suspended",
            findings: [
                "support_role.admin": "fail admin true", "ip_restrictions.off": "skipped support_role.admin",
                "plan.login_activity": "skipped support_role.admin",
            ]),
        Case(
            subdomain: "unpaid",
            findings: nobodyHome.merging(["organization.exists": "fail account_closed"]) { $1 }),
        Case(
            subdomain: "nobody-here",
            findings: nobodyHome.merging(["organization.exists": "fail no_help_desk"]) { $1 }),
    ]

    @Test(arguments: cases, PermissionLevel.allCases)
    func `each organization gives exactly the findings it should`(_ sample: Case, level: PermissionLevel) async throws {
        var asked = try AskedOrganization(sample.subdomain)
        asked.level = level
        let report = try await asked.report()
        #expect(report.checks.count == CheckCode.allCases.count)
        let found = report.checks.filter { $0.status != .pass }.map { ($0.code, Self.summary($0)) }
        #expect(Dictionary(uniqueKeysWithValues: found) == sample.findings)
        #expect(report.verdict == (sample.findings.isEmpty ? "pass" : "fail"))
    }

    @Test(arguments: [
        ("unpaid", "The Zendesk account at this address is closed or suspended."),
        ("nobody-here", "There is no Zendesk account at this address."),
    ])
    func `an account that is gone or does not pay is called that, and is sent no token`(
        subdomain: String, message: String
    ) async throws {
        let asked = try AskedOrganization(subdomain)
        let report = try await asked.report()
        #expect(report.checks.first { $0.status == .fail }?.message == message)
        #expect(asked.transport.calls.allSatisfy { $0.request.headerFields[.authorization] == nil })
    }

    private static func summary(_ check: PreflightReport.Check) -> String {
        let evidence = check.evidence
        let told = ["because", "reason", "role", "suspended", "guide_role", "guide_active", "ranges"]
        return ([check.status.rawValue] + told.compactMap { evidence[$0] }).joined(separator: " ")
    }
}
