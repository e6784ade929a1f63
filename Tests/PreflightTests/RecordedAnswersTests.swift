import GatewayCore
import TestSupport
import Testing

@testable import Preflight

@Suite("Recorded answers") struct RecordedAnswersTests {
    private static let old = "zendesk+zendesk_api_client_rb"

    @Test func `the admin recorded in 2015 is known and an admin`() async throws {
        guard let answer = try Recordings.response("\(Self.old)/users-me.json") else { return }
        let asked = try AskedOrganization()
        asked.answer([Path.me: answer])
        #expect(try await asked.finding(TokenAcceptedCheck()).status == .pass)
        #expect(try await asked.finding(IdentityKnownCheck()).status == .pass)
        let finding = try await asked.finding(SupportRoleCheck())
        #expect(finding.status == .pass && finding.evidence["role"] == "admin")
    }

    @Test(arguments: ["\(old)/user-delete.json", "\(old)/user-create-delete.json"])
    func `a recorded deleted user is called deleted`(file: String) async throws {
        guard let answer = try Recordings.response(file) else { return }
        let asked = try AskedOrganization()
        asked.answer([Path.me: answer])
        #expect(try await asked.finding(SupportRoleCheck()).message.contains("deleted"))
    }

    @Test(arguments: ["\(old)/user-include-roles.json", "\(old)/user-permission-set.json", "\(old)/user-create.json"])
    func `a recorded user passes exactly when the role is admin`(file: String) async throws {
        guard let answer = try Recordings.response(file) else { return }
        let asked = try AskedOrganization()
        asked.answer([Path.me: answer])
        let finding = try await asked.finding(SupportRoleCheck())
        #expect((finding.status == .pass) == (finding.evidence["role"] == "admin"))
    }

    @Test(arguments: ["salto-io+salto/users-list.json", "\(old)/users-list.json", "nukosuke+go-zendesk/GET-users.json"])
    func `a recorded list of users proves the granted scopes`(file: String) async throws {
        guard let answer = try Recordings.response(file) else { return }
        let asked = try AskedOrganization()
        asked.answer([Path.users: answer])
        #expect(try await asked.finding(ScopesGrantedCheck()).status == .pass)
    }

    @Test func `recorded user segments speak for the Guide role where entitlements are not offered`() async throws {
        guard let answer = try Recordings.response("salto-io+salto/help-center-user-segments.json") else { return }
        let asked = try AskedOrganization()
        asked.answer([Path.entitlements(asked): Refused.noEndpoint, Path.segments: answer])
        #expect(try await asked.finding(GuideRoleCheck()).status == .pass)
    }

    @Test(arguments: ["salto-io+salto/brands.json", "nukosuke+go-zendesk/GET-brands.json"])
    func `recorded brands with a help center leave an unmarked box an unmarked box`(file: String) async throws {
        guard let answer = try Recordings.response(file) else { return }
        let asked = try AskedOrganization("noguide")
        asked.answer([Path.brands: answer])
        let finding = try await asked.finding(GuideRoleCheck())
        #expect(finding.status == .fail && finding.message.contains("not marked"))
    }

    @Test func `a recorded 404 on the security settings is a warning`() async throws {
        guard let answer = try Recordings.response("\(Self.old)/topic-import-404-InvalidEndpoint.json") else { return }
        let asked = try AskedOrganization()
        asked.answer([Path.security: answer])
        #expect(try await asked.finding(IPRestrictionsCheck()).status == .warn)
    }
}
