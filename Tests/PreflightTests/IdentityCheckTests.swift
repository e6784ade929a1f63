import GatewayCore
import HTTPTypes
import TestSupport
import Testing
import ZendeskEmulator

@testable import Preflight

@Suite("token.accepted and identity.known") struct IdentityCheckTests {
    @Test(arguments: [
        (Refused.invalidToken, "token_dead", "no longer accepts"),
        (Refused.unauthenticated, "not_authenticated", "refuses the very first call"),
        (page(403), "forbidden", "refuses the very first call"), (Refused.role, "not_permitted", "does not permit"),
        (Refused.scope, "scope_missing", "do not even allow"),
        (Refused.noHelpDesk, "no_help_desk", "no active Zendesk account"),
        (page(301, location: "https://www.zendesk.com/app/help-center-closed/"), "account_closed", "no active"),
        (page(302, location: "https://elsewhere.example/"), "redirected", "no active"),
        (Refused.busy, "rate_limited", "busy"), (page(503), "unavailable", "busy"), (page(200), "html", "busy"),
        (json("[]"), "malformed", "not expected"), (json("{", status: 200), "malformed", "not expected"),
        (json("", status: 418), "unexpected_status", "not expected"),
        (Refused.noRecord, "record_not_found", "not expected"),
    ])
    func `a token that opens nothing fails, with the reason`(
        answer: OutboundResponse, reason: String, words: String
    ) async throws {
        let asked = try AskedOrganization()
        asked.answer([Path.me: answer])
        let finding = try await asked.finding(TokenAcceptedCheck())
        #expect(finding.status == .fail && finding.message.contains(words) && finding.remedy != nil)
        #expect(finding.evidence["reason"] == reason)
        #expect(finding.evidence["http_status"] == String(answer.status.code))
    }

    @Test(arguments: TransportFailure.allCases)
    func `an organization that is not reached fails, with the reason`(_ failure: TransportFailure) async throws {
        let asked = try AskedOrganization()
        asked.fail(Path.me, failure)
        let finding = try await asked.finding(TokenAcceptedCheck())
        #expect(finding.status == .fail && finding.remedy != nil)
        #expect(finding.evidence == ["reason": failure.rawValue])
    }

    @Test func `a blocked address is told to look at the IP restrictions`() async throws {
        let asked = try AskedOrganization()
        asked.standIn.update("acme") { $0.switches.ipRestrictionEnabled = true }
        let finding = try await asked.finding(TokenAcceptedCheck())
        #expect(finding.status == .fail && finding.place == .ipRestrictions)
        #expect(finding.message.contains("with a token and without"))
    }

    @Test func `a token that nobody issued is dead`() async throws {
        var asked = try AskedOrganization()
        asked.accessToken = "canary-of-another-world"
        let finding = try await asked.finding(TokenAcceptedCheck())
        #expect(finding.evidence["reason"] == "token_dead")
    }

    @Test func `the anonymous user passes for an accepted token and for nobody known`() async throws {
        let asked = try AskedOrganization()
        asked.answer([Path.me: json(#"{"user":{"id":null,"name":"Anonymous user","role":"end-user"}}"#)])
        #expect(try await asked.finding(TokenAcceptedCheck()).status == .pass)
        let finding = try await asked.finding(IdentityKnownCheck())
        #expect(finding.status == .fail && finding.evidence == ["user_id": "none"])
        let report = try await asked.report()
        #expect(
            report.checks.filter { $0.status != .skipped }.map(\.code) == [
                "host.resolves", "tls.valid", "organization.exists", "clock.agrees", "oauth_client.known",
                "token.accepted", "identity.known", "rate_limit.headroom", "refresh.works",
            ])
    }

    @Test func `a known person is named by id and role, and by nothing else`() async throws {
        let asked = try AskedOrganization()
        let id = try #require(asked.standIn.organization("acme")?.people.first?.id)
        let finding = try await asked.finding(IdentityKnownCheck())
        #expect(finding.status == .pass && finding.evidence == ["user_id": String(id), "role": "admin"])
    }
}
