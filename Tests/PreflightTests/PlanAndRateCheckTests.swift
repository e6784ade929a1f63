import GatewayCore
import HTTPTypes
import TestSupport
import Testing
import ZendeskEmulator

@testable import Preflight

@Suite("plan.login_activity and rate_limit.headroom") struct PlanAndRateCheckTests {
    @Test(arguments: Plan.allCases)
    func `sign-ins count on Enterprise plans only, and anything else is a warning`(plan: Plan) async throws {
        let asked = try AskedOrganization()
        asked.standIn.update("acme") { $0.switches.plan = plan }
        let finding = try await asked.finding(LoginActivityCheck())
        #expect(finding.status == (plan == .enterprise || plan == .enterprisePlus ? .pass : .warn))
        if finding.status == .warn { #expect(finding.message.contains("do not count")) }
    }

    @Test(arguments: [
        (Refused.role, "audit_log", "not_permitted"), (Refused.noEndpoint, "audit_log", "not_offered"),
        (page(404), "audit_log", "not_offered"), (Refused.empty, "audit_log", "not_offered"),
        (Refused.busy, "reason", "rate_limited"), (page(200), "reason", "html"), (json("[]"), "reason", "malformed"),
        (Refused.unauthenticated, "reason", "not_authenticated"), (page(403), "reason", "forbidden"),
    ])
    func `an audit log that does not open is a warning with the reason`(
        answer: OutboundResponse, key: String, reason: String
    ) async throws {
        let asked = try AskedOrganization()
        asked.answer([Path.audit: answer])
        let finding = try await asked.finding(LoginActivityCheck())
        #expect(finding.status == .warn && finding.evidence[key] == reason && finding.remedy != nil)
    }

    @Test func `a token without the scope for it fails`() async throws {
        let asked = try AskedOrganization()
        asked.answer([Path.audit: Refused.scope])
        #expect(try await asked.finding(LoginActivityCheck()).status == .fail)
    }

    @Test func `who is no admin is told about the role and not about the plan`() async throws {
        let report = try await AskedOrganization("agentville").report()
        let check = try #require(report.checks.first { $0.code == "plan.login_activity" })
        #expect(check.status == .skipped && check.evidence == ["because": "support_role.admin"])
    }

    @Test(arguments: [
        (Plan.team, 0, CheckStatus.pass, "Team"), (.professional, 0, .pass, "Growth or Professional"),
        (.enterprise, 0, .pass, "Enterprise"), (.enterprisePlus, 0, .pass, "Enterprise Plus or High Volume"),
        (.enterprise, 559, .pass, "Enterprise"), (.enterprise, 560, .warn, "Enterprise"),
        (.team, 1_000, .warn, "Team"),
    ])
    func `the headers tell what is left and which plan that suggests`(
        plan: Plan, used: Int, status: CheckStatus, name: String
    ) async throws {
        let asked = try AskedOrganization()
        asked.standIn.update("acme") { organization in
            organization.switches.plan = plan
            organization.switches.callsOfOthers = used
        }
        let finding = try await asked.finding(RateLimitCheck())
        #expect(finding.status == status && finding.evidence["plan"] == name)
        let limit = try #require(finding.evidence["limit"])
        #expect(finding.message.contains(limit))
    }

    @Test func `an account with next to no calls is a warning`() async throws {
        let asked = try AskedOrganization()
        asked.standIn.update("acme") { $0.switches.rateLimit = 10 }
        let finding = try await asked.finding(RateLimitCheck())
        #expect(finding.status == .warn && finding.evidence["plan"] == "Essential")
    }

    @Test(arguments: [(900, CheckStatus.pass), (30, .warn)])
    func `a limit that is no plan's, as an add-on makes it, is told without a plan`(limit: Int, status: CheckStatus)
        async throws
    {
        let asked = try AskedOrganization()
        asked.standIn.update("acme") { $0.switches.rateLimit = limit }
        let finding = try await asked.finding(RateLimitCheck())
        #expect(finding.status == status && finding.evidence["plan"] == "unknown")
        #expect(finding.message.contains("\(limit)") && !finding.message.contains("plan"), "\(finding.message)")
    }

    @Test func `answers without the headers leave the question open`() async throws {
        let asked = try AskedOrganization()
        asked.standIn.update("acme") { $0.switches.showsRateLimit = false }
        #expect(try await asked.finding(RateLimitCheck()).evidence == ["reason": "no_headers"])
    }

    @Test(arguments: [("-1", "5"), ("700", "-1"), ("0", "0"), ("many", "5"), ("700", "")])
    func `numbers that cannot be are no numbers`(limit: String, remaining: String) async throws {
        let asked = try AskedOrganization()
        var fields: HTTPFields = [.contentType: "application/json"]
        fields[HTTPField.Name("x-rate-limit")!] = limit
        fields[HTTPField.Name("x-rate-limit-remaining")!] = remaining
        let body = Array(#"{"user":{"id":1,"role":"admin"}}"#.utf8)
        asked.answer([Path.me: OutboundResponse(status: .ok, headerFields: fields, body: body)])
        #expect(try await asked.finding(RateLimitCheck()).evidence == ["reason": "no_headers"])
    }
}
