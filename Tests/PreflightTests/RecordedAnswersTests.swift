import Foundation
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

    @Test(arguments: [
        "salto-io+salto/users-list.json", "\(old)/users-list.json", "\(old)/users-list-2.json",
        "nukosuke+go-zendesk/GET-users.json",
    ])
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

    @Test(arguments: [("\(old)/user-agent.json", "agent"), ("\(old)/user-end-user.json", "end-user")])
    func `a recorded agent and a recorded end user are no admins, and are called what they are`(
        file: String, role: String
    ) async throws {
        guard let answer = try Recordings.response(file) else { return }
        let list = try #require(try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any])
        let user = try #require((list["users"] as? [Any])?.first)
        let body = try JSONSerialization.data(withJSONObject: ["user": user])
        let asked = try AskedOrganization()
        asked.answer([Path.me: json(String(decoding: body, as: UTF8.self))])
        let finding = try await asked.finding(SupportRoleCheck())
        #expect(finding.status == .fail && finding.evidence["role"] == role)
    }

    @Test(arguments: [
        "\(old)/users-me.json", "\(old)/users-list.json", "\(old)/users-list-2.json", "\(old)/user-agent.json",
        "\(old)/user-search-by-email.json", "\(old)/user-end-user.json", "\(old)/user-create.json",
        "\(old)/user-include-roles.json", "\(old)/user-permission-set.json", "salto-io+salto/users-list.json",
        "nukosuke+go-zendesk/GET-users.json", "nukosuke+go-zendesk/GET-user.json",
        "nukosuke+go-zendesk/GET-search_user.json", "nukosuke+go-zendesk/POST-users.json",
        "nukosuke+go-zendesk/PUT-user.json",
    ])
    func `each recorded person is known, and passes exactly when active and an admin`(file: String) async throws {
        guard let answer = try Recordings.response(file) else { return }
        let people = try Self.people(in: answer)
        #expect(!people.isEmpty)
        for person in people {
            let body = try JSONSerialization.data(withJSONObject: ["user": person])
            let asked = try AskedOrganization()
            asked.answer([Path.me: json(String(decoding: body, as: UTF8.self))])
            let isAdmin =
                person["role"] as? String == "admin" && person["active"] as? Bool != false
                && person["suspended"] as? Bool != true
            #expect(try await asked.finding(IdentityKnownCheck()).status == .pass, "\(person["id"] ?? "")")
            let finding = try await asked.finding(SupportRoleCheck())
            #expect((finding.status == .pass) == isAdmin, "\(person["id"] ?? "")")
        }
    }

    private static func people(in answer: OutboundResponse) throws -> [[String: Any]] {
        let body = try #require(try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any])
        let found = (body["users"] ?? body["results"]) as? [[String: Any]] ?? [body["user"] as? [String: Any] ?? [:]]
        return found.filter { ($0["result_type"] as? String ?? "user") == "user" }
    }

    @Test func `an answer with the recorded entries of audit logs is a plan that has them`() async throws {
        guard let file = try Recordings.file("panther-labs+panther-analysis/audit-logs-samples.json") else { return }
        let entries = (file["records"] as? [[String: Any]] ?? []).compactMap { $0["audit_log"] }
        #expect(entries.count == 18)
        for entry in entries {
            let body = try JSONSerialization.data(withJSONObject: ["audit_logs": [entry]])
            let asked = try AskedOrganization()
            asked.answer([Path.audit: json(String(decoding: body, as: UTF8.self))])
            #expect(try await asked.finding(LoginActivityCheck()).status == .pass)
        }
    }

    @Test func `an answer of 2015, which names no limit, leaves the headroom untold`() async throws {
        guard let answer = try Recordings.response("\(Self.old)/users-me.json") else { return }
        let asked = try AskedOrganization()
        asked.answer([Path.me: answer])
        let finding = try await asked.finding(RateLimitCheck())
        #expect(finding.status == .warn && finding.evidence == ["reason": "no_headers"])
    }

    @Test func `recorded account settings, which hold nothing about addresses, are no pass of the IP check`()
        async throws
    {
        for file in ["salto-io+salto/account-settings.json", "\(Self.old)/account-settings.json"] {
            guard let answer = try Recordings.response(file) else { return }
            let asked = try AskedOrganization()
            asked.answer([Path.security: answer])
            #expect(try await asked.finding(IPRestrictionsCheck()).status == .warn, "\(file)")
        }
    }
}
