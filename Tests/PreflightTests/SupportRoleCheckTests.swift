import GatewayCore
import TestSupport
import Testing
import ZendeskEmulator

@testable import Preflight

@Suite("support_role.admin") struct SupportRoleCheckTests {
    @Test(arguments: [
        (#"{"id":1,"role":"admin"}"#, CheckStatus.pass, "is an admin"),
        (#"{"id":1,"role":"admin","role_type":4,"active":true,"suspended":false}"#, .pass, "is an admin"),
        (#"{"id":1,"role":"admin","role_type":4,"is_billing_admin":true}"#, .pass, "is an admin"),
        (#"{"id":1,"role":"admin","role_type":5}"#, .fail, "billing admin"),
        (#"{"id":1,"role":"agent","role_type":0}"#, .fail, "not an admin"),
        (#"{"id":1,"role":"agent","role_type":1}"#, .fail, "not an admin"),
        (#"{"id":1,"role":"end-user"}"#, .fail, "not an admin"),
        (#"{"id":1,"role":"Admin"}"#, .fail, "not an admin"),
        (#"{"id":1}"#, .fail, "not an admin"),
        (#"{"id":1,"role":"admin","suspended":true}"#, .fail, "suspended"),
        (#"{"id":1,"role":"admin","active":false}"#, .fail, "deleted"),
        (#"{"id":1,"role":"admin","active":false,"suspended":true}"#, .fail, "deleted"),
    ])
    func `only a current admin passes`(user: String, status: CheckStatus, words: String) async throws {
        let asked = try AskedOrganization()
        asked.answer([Path.me: json("{\"user\":\(user)}")])
        let finding = try await asked.finding(SupportRoleCheck())
        #expect(finding.status == status && finding.message.contains(words))
        #expect((finding.place == .teamMembers) == (status == .fail))
    }

    @Test(arguments: [0, 1, 2, 3]) func `of the seeded people only the admin passes`(person: Int) async throws {
        let asked = try AskedOrganization()
        asked.standIn.update("acme") { $0.people.swapAt(0, person) }
        #expect((try await asked.finding(SupportRoleCheck()).status == .pass) == (person == 0))
    }

    @Test func `without anybody there is nothing to look at`() async throws {
        let asked = try AskedOrganization()
        asked.fail(Path.me, .timedOut)
        #expect(try await asked.finding(SupportRoleCheck()) == .skipped(because: .identityKnown))
    }
}
