import Foundation
import GatewayCore
import TestSupport
import Testing
import ZendeskEmulator

@testable import Preflight

@Suite("What a report comes to") struct OutcomesTests {
    @Test func `the short text names what did not pass, and only that`() async throws {
        #expect(try await AskedOrganization().report().outcomes.isEmpty)
        let agent = try await AskedOrganization("agentville").report()
        #expect(
            agent.outcomes == "support_role.admin=fail guide_role.admin=fail ip_restrictions.off=skipped "
                + "plan.login_activity=skipped")
        #expect(agent.firstFailure == "support_role.admin")
        #expect(PreflightChange.statuses(agent.outcomes).count == 4)
    }

    @Test func `two short texts tell what changed, in the order of the report`() {
        let changes = PreflightChange.between(
            "guide_role.admin=fail plan.login_activity=warn newer.check=warn",
            and: "host.resolves=fail newer.check=warn")
        #expect(
            changes == [
                PreflightChange(code: "host.resolves", before: .pass, now: .fail),
                PreflightChange(code: "guide_role.admin", before: .fail, now: .pass),
                PreflightChange(code: "plan.login_activity", before: .warn, now: .pass),
            ])
        #expect(PreflightChange.between("", and: "").isEmpty)
        #expect(PreflightChange.statuses("broken =x a=b host.resolves=fail").count == 1)
    }

    @Test("U7: an outage is told from a fault", arguments: TransportFailure.allCases)
    func outage(failure: TransportFailure) async throws {
        let lasting: Set<TransportFailure> = [
            .nameNotFound, .addressRefused, .certificateUntrusted, .responseTooLarge, .malformedResponse,
        ]
        let asked = try AskedOrganization()
        asked.transport.before { _ throws(TransportFailure) in throw failure }
        #expect(try await asked.report().isOutage == !lasting.contains(failure))
    }

    @Test(arguments: ["acme", "agentville", "noguide", "fenced", "suspended", "unpaid", "nobody-here"])
    func `no seeded organization is an outage`(subdomain: String) async throws {
        #expect(try await !AskedOrganization(subdomain).report().isOutage)
    }

    @Test func `a check that ran into its limit, or was stopped, is an outage as well`() throws {
        for (outcome, reason) in [(PreflightRunner.late, "time_limit"), (PreflightRunner.stopped, "stopped")] {
            let report = PreflightReport(
                id: PreflightReportID(random: SystemRandomSource()),
                organization: try OrganizationURL(subdomain: "acme", policy: .zendesk), connection: nil,
                startedAt: .now, durationMilliseconds: 1,
                findings: [
                    CheckedFinding(
                        code: .tokenAccepted, finding: outcome.finding(["reason": reason]), durationMilliseconds: 1)
                ])
            #expect(report.isOutage, "\(reason)")
        }
    }

    @Test func `an outage beside a fault of the connection's own is a fault`() async throws {
        var asked = try AskedOrganization()
        asked.hasRefreshToken = false
        asked.answer([Path.me: Refused.busy])
        #expect(try await asked.report().isOutage, "nothing else was looked at")
        let report = PreflightReport(
            id: PreflightReportID(random: SystemRandomSource()),
            organization: try OrganizationURL(subdomain: "acme", policy: try asked.policy), connection: nil,
            startedAt: asked.clock.now, durationMilliseconds: 1,
            findings: [
                CheckedFinding(
                    code: .tokenAccepted, finding: TokenAcceptedCheck.busy.finding(["reason": "rate_limited"]),
                    durationMilliseconds: 1),
                CheckedFinding(
                    code: .refreshWorks, finding: RefreshWorksCheck.ended.finding([:]), durationMilliseconds: 1),
            ])
        #expect(!report.isOutage)
    }

    @Test func `the plain text holds every finding, every step and every place, and no token`() async throws {
        var asked = try AskedOrganization("noguide")
        asked.accessToken =
            asked.standIn.grant(
                "noguide", client: SampleGateway.clientID, scopes: ["read", "write"])?.accessToken
        let report = try await asked.report()
        let text = report.plainText
        for check in report.checks {
            #expect(text.contains("[\(check.status.rawValue)] \(check.code): \(check.title)"))
            #expect(text.contains(check.message))
            for step in check.steps ?? [] { #expect(text.contains(step)) }
            if let place = check.where { #expect(text.contains("See \(place)")) }
        }
        #expect(text.contains("Verdict:      fail"))
        let token = try #require(asked.accessToken)
        #expect(!text.contains(token))
    }
}
