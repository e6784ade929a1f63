import GatewayCore
import Testing

@testable import Zendesk

@Suite("Recorded answers")
struct RecordedAnswersTests {
    private static let oldRecordings = "zendesk+zendesk_api_client_rb"

    @Test func `users me of 2015 is an admin without the newer members`() async throws {
        guard let answer = try RecordedAnswers.response("\(Self.oldRecordings)/users-me.json") else { return }
        let user = try #require(try await client(answer).currentUser().value)
        #expect(user.id != nil && user.role == "admin" && user.active && !user.suspended)
        #expect(user.roleType == nil && user.customRoleID == nil)
    }

    @Test(arguments: [
        "nukosuke+go-zendesk/GET-user.json", "\(oldRecordings)/user-include-roles.json",
        "\(oldRecordings)/user-permission-set.json", "\(oldRecordings)/user-create.json",
        "\(oldRecordings)/user-delete.json", "\(oldRecordings)/user-create-delete.json",
    ])
    func `every recorded user can be read as one`(file: String) async throws {
        guard let answer = try RecordedAnswers.response(file) else { return }
        let user = try #require(try await client(answer).currentUser().value)
        #expect(user.id != nil && user.role != nil)
        #expect(user.active == !file.contains("delete"))
    }

    @Test(arguments: ["salto-io+salto/brands.json", "nukosuke+go-zendesk/GET-brands.json"])
    func `every recorded brand list can be read`(file: String) async throws {
        guard let answer = try RecordedAnswers.response(file) else { return }
        let brands = try #require(try await client(answer).brands().value)
        #expect(!brands.isEmpty)
        #expect(brands.allSatisfy { $0.subdomain == "example" })
    }

    @Test func `of the recorded brands, one has a help center and another has none`() async throws {
        guard let answer = try RecordedAnswers.response("salto-io+salto/brands.json") else { return }
        let brands = try #require(try await client(answer).brands().value)
        #expect(brands.contains { $0.hasHelpCenter } && brands.contains { !$0.hasHelpCenter })
    }

    @Test(arguments: [
        "salto-io+salto/users-list.json", "nukosuke+go-zendesk/GET-users.json", "\(oldRecordings)/users-list.json",
        "\(oldRecordings)/users-list-2.json", "\(oldRecordings)/user-agent.json",
        "\(oldRecordings)/user-end-user.json", "\(oldRecordings)/user-search-by-email.json",
    ])
    func `every recorded user list can be counted`(file: String) async throws {
        guard let answer = try RecordedAnswers.response(file) else { return }
        #expect(try #require(try await client(answer).usersPage().value).count > 0)
    }

    @Test func `recorded user segments are readable`() async throws {
        guard let answer = try RecordedAnswers.response("salto-io+salto/help-center-user-segments.json") else { return }
        #expect(try await client(answer).userSegments().value == Done())
    }

    @Test(arguments: [
        ("topic-import-404-InvalidEndpoint.json", ZendeskRefusal.recordNotFound),
        ("brand-create-422.json", .unexpected(status: 422)), ("ticket-import-422.json", .unexpected(status: 422)),
        ("ticket-import-409.json", .unexpected(status: 409)),
    ])
    func `recorded errors are classified`(file: String, expected: ZendeskRefusal) async throws {
        guard let answer = try RecordedAnswers.response("\(Self.oldRecordings)/\(file)") else { return }
        #expect(try await client(answer).currentUser().refusal == expected)
    }
}
