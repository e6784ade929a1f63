import GatewayCore
import TestSupport
import Testing
import ZendeskEmulator

@testable import Preflight

@Suite("ip_restrictions.off") struct IPRestrictionsCheckTests {
    @Test func `off passes`() async throws {
        let finding = try await AskedOrganization().finding(IPRestrictionsCheck())
        #expect(finding == .pass("IP restrictions are off."))
    }

    @Test func `on fails although our calls get through, with how many ranges and not which`() async throws {
        let finding = try await AskedOrganization("fenced").finding(IPRestrictionsCheck())
        #expect(finding.status == .fail && finding.place == .ipRestrictions)
        #expect(
            finding.evidence == ["ip_restriction_enabled": "true", "ranges": "3", "agents_only": "false"])
    }

    @Test(arguments: [
        #"{"ip_restriction_enabled":null}"#, "{}", #"{"ip_restriction_enabled":"true"}"#,
        #"{"ip_ranges":"10.0.0.0/8"}"#,
    ])
    func `settings that do not name the switch are a warning, never a pass`(ip: String) async throws {
        let asked = try AskedOrganization()
        asked.answer([Path.security: json("{\"security_settings\":{\"ip\":\(ip)}}")])
        let finding = try await asked.finding(IPRestrictionsCheck())
        #expect(finding.status == .warn && finding.evidence == ["reason": "not_named"])
        #expect(finding.place == .ipRestrictions && finding.remedy != nil)
    }

    @Test(arguments: [Refused.noEndpoint, Refused.noRecord, Refused.empty, page(404)])
    func `an account that does not offer the settings is a warning`(answer: OutboundResponse) async throws {
        let asked = try AskedOrganization()
        asked.answer([Path.security: answer])
        let finding = try await asked.finding(IPRestrictionsCheck())
        #expect(finding.status == .warn && finding.evidence == ["reason": "not_offered"])
    }

    @Test(arguments: [
        (Refused.role, "not_permitted"), (Refused.scope, "scope_missing"), (Refused.busy, "rate_limited"),
        (page(503), "unavailable"), (json("{}"), "malformed"), (page(200), "html"), (page(403), "forbidden"),
        (Refused.noHelpDesk, "no_help_desk"),
    ])
    func `settings that cannot be read fail with the reason`(answer: OutboundResponse, reason: String) async throws {
        let asked = try AskedOrganization()
        asked.answer([Path.security: answer])
        let finding = try await asked.finding(IPRestrictionsCheck())
        #expect(finding.status == .fail && finding.evidence["reason"] == reason && finding.remedy != nil)
    }

    @Test func `an older account as the stand-in shows it is a warning`() async throws {
        let asked = try AskedOrganization()
        asked.standIn.update("acme") { $0.switches.missingEndpoints = ["security_settings"] }
        let report = try await asked.report()
        #expect(report.verdict == "warn")
        #expect(report.checks.filter { $0.status != .pass }.map(\.code) == ["ip_restrictions.off"])
    }
}
