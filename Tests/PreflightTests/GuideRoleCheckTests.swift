import GatewayCore
import TestSupport
import Testing
import ZendeskEmulator

@testable import Preflight

@Suite("guide_role.admin") struct GuideRoleCheckTests {
    @Test(arguments: [
        (#"{"guide":{"name":"admin","is_active":true}}"#, CheckStatus.pass, "box is marked"),
        (#"{"guide":{"name":"agent","is_active":true}}"#, .fail, "the Guide role is not Admin"),
        (#"{"guide":{"name":"viewer","is_active":true}}"#, .fail, "the Guide role is not Admin"),
        (#"{"guide":{"is_active":true}}"#, .fail, "the Guide role is not Admin"),
        (#"{"guide":{"name":"admin","is_active":false}}"#, .fail, "box of the person who connected is not marked"),
        (#"{"guide":null}"#, .fail, "box of the person who connected is not marked"),
        ("{}", .fail, "box of the person who connected is not marked"),
    ])
    func `role and box are read from the entitlements`(
        entitlements: String, status: CheckStatus, words: String
    ) async throws {
        let asked = try AskedOrganization()
        asked.answer([Path.entitlements(asked): json("{\"entitlements\":\(entitlements)}")])
        let finding = try await asked.finding(GuideRoleCheck())
        #expect(finding.status == status && finding.message.contains(words))
        #expect((finding.place == .teamMembers) == (status == .fail))
        #expect(asked.transport.calls(to: Path.segments).isEmpty)
    }

    @Test(arguments: [
        (json(#"{"user_segments":[]}"#), CheckStatus.pass), (Refused.role, .fail),
    ])
    func `where the entitlements do not tell about the box the managers' list decides`(
        segments: OutboundResponse, status: CheckStatus
    ) async throws {
        for entitlements in [#"{"guide":"admin"}"#, #"{"guide":{"name":"admin"}}"#] {
            let asked = try AskedOrganization()
            asked.answer([
                Path.entitlements(asked): json("{\"entitlements\":\(entitlements)}"), Path.segments: segments,
            ])
            #expect(try await asked.finding(GuideRoleCheck()).status == status, "\(entitlements)")
        }
    }

    @Test(arguments: [Refused.noEndpoint, Refused.role, page(503), Refused.noRecord, Refused.busy, Refused.scope])
    func `where the account does not offer entitlements the managers' list decides`(
        refusal: OutboundResponse
    ) async throws {
        let asked = try AskedOrganization()
        let path = Path.entitlements(asked)
        asked.answer([path: refusal])
        #expect(try await asked.finding(GuideRoleCheck()).status == .pass)
        asked.standIn.update("acme") { $0.people[0].guideRole = .agent }
        let finding = try await asked.finding(GuideRoleCheck())
        #expect(finding.status == .fail && finding.place == .teamMembers)
        #expect(finding.evidence["entitlements"] != nil)
    }

    @Test(arguments: [page(404), Refused.empty, Refused.noEndpoint])
    func `a help center that is not there is called that`(segments: OutboundResponse) async throws {
        let asked = try AskedOrganization()
        asked.answer([Path.entitlements(asked): Refused.noEndpoint, Path.segments: segments])
        let finding = try await asked.finding(GuideRoleCheck())
        #expect(finding.status == .fail && finding.place == .guide && finding.message.contains("no active help center"))
    }

    @Test(arguments: [Refused.noRecord, Refused.busy, Refused.unauthenticated, page(500)])
    func `a list that does not answer is not called a missing help center`(segments: OutboundResponse) async throws {
        let asked = try AskedOrganization()
        asked.answer([Path.entitlements(asked): Refused.noEndpoint, Path.segments: segments])
        let finding = try await asked.finding(GuideRoleCheck())
        #expect(finding.status == .warn && finding.place != .guide && finding.evidence["reason"] != nil)
    }

    @Test func `a list that agents may read as well proves nothing about somebody who is no admin in Support`()
        async throws
    {
        let asked = try AskedOrganization("agentville")
        asked.answer([Path.entitlements(asked): Refused.noEndpoint, Path.segments: json(#"{"user_segments":[]}"#)])
        let finding = try await asked.finding(GuideRoleCheck())
        #expect(finding.status == .warn && finding.place == .teamMembers && finding.message.contains("does not tell"))
    }

    @Test(arguments: GuideEntitlement.allCases, [Person.GuideRole.admin, .agent, .viewer, .none])
    func `the stand-in's forms of the answer lead to the same end`(
        form: GuideEntitlement, role: Person.GuideRole
    ) async throws {
        let asked = try AskedOrganization()
        asked.standIn.update("acme") { organization in
            organization.switches.guideEntitlement = form
            organization.people[0].guideRole = role
        }
        #expect(try await asked.finding(GuideRoleCheck()).status == (role == .admin ? .pass : .fail))
    }

    @Test func `an unmarked box in an account without help center is explained by that`() async throws {
        let asked = try AskedOrganization()
        asked.standIn.update("acme") { $0.switches.helpCenter = .absent }
        let finding = try await asked.finding(GuideRoleCheck())
        #expect(finding.status == .fail && finding.place == .guide)
    }

    @Test(arguments: [json("{\"brands\":[]}"), page(503), Refused.role])
    func `brands that do not answer explain nothing away`(brands: OutboundResponse) async throws {
        let asked = try AskedOrganization("noguide")
        asked.answer([Path.brands: brands])
        let finding = try await asked.finding(GuideRoleCheck())
        #expect(finding.place == .teamMembers && finding.message.contains("not marked"))
    }

    @Test func `a token that died meanwhile is called that`() async throws {
        let asked = try AskedOrganization()
        asked.answer([Path.entitlements(asked): Refused.invalidToken])
        #expect(try await asked.finding(GuideRoleCheck()).evidence["reason"] == "token_dead")
    }

    @Test func `an outage leaves the question open and asks no further`() async throws {
        let asked = try AskedOrganization()
        asked.fail(Path.entitlements(asked), .timedOut)
        let finding = try await asked.finding(GuideRoleCheck())
        #expect(finding.status == .warn && finding.evidence == ["reason": "timed_out"])
        #expect(asked.transport.calls(to: Path.segments).isEmpty)
    }
}
