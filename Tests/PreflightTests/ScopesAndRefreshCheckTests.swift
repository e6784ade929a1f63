import Foundation
import GatewayCore
import TestSupport
import ZendeskEmulator
import Testing

@testable import Preflight

@Suite("scopes.granted") struct ScopesGrantedCheckTests {
    @Test(arguments: [
        (PermissionLevel.read, ["read"], CheckStatus.pass), (.readAndAct, ["read", "write"], .pass),
        (.readAndAct, ["read"], .fail), (.readAndAct, ["write"], .fail), (.read, [], .fail),
        (.read, ["READ"], .fail), (.read, ["read", "write"], .warn),
        (.readAndAct, ["read", "write", "impersonate"], .warn),
    ])
    func `what was granted is compared with the level`(
        level: PermissionLevel, granted: [String], status: CheckStatus
    ) async throws {
        var asked = try AskedOrganization()
        asked.level = level
        asked.granted = ScopeSet(granted)
        let finding = try await asked.finding(ScopesGrantedCheck())
        #expect(finding.status == status && (finding.remedy == nil) == (status == .pass))
        #expect(asked.transport.calls(to: Path.users).isEmpty == (status == .fail))
    }

    @Test func `names prove nothing: a refused call fails although all names are there`() async throws {
        let asked = try AskedOrganization()
        asked.answer([Path.users: Refused.scope])
        let finding = try await asked.finding(ScopesGrantedCheck())
        #expect(finding.status == .fail && finding.place == nil && finding.forOperator != nil)
        #expect(finding.evidence == ["any_one_of": "users:read read"])
    }

    @Test(arguments: [
        (Refused.role, "not_permitted"), (json("{}"), "malformed"), (page(500), "unavailable"), (page(200), "html"),
        (Refused.noEndpoint, "invalid_endpoint"), (Refused.empty, "not_found"), (Refused.busy, "rate_limited"),
        (Refused.unauthenticated, "not_authenticated"), (page(302, location: "https://x.example/"), "redirected"),
    ])
    func `a call that proves nothing is a warning with the reason`(answer: OutboundResponse, reason: String)
        async throws
    {
        let asked = try AskedOrganization()
        asked.answer([Path.users: answer])
        let finding = try await asked.finding(ScopesGrantedCheck())
        #expect(finding.status == .warn && finding.evidence["reason"] == reason)
        #expect(finding.message.contains("cannot be told") && finding.remedy != nil)
    }

    @Test(arguments: [(Refused.invalidToken, "token_dead"), (Refused.noHelpDesk, "no_help_desk")])
    func `what says that the connection is over fails`(answer: OutboundResponse, reason: String) async throws {
        let asked = try AskedOrganization()
        asked.answer([Path.users: answer])
        let finding = try await asked.finding(ScopesGrantedCheck())
        #expect(finding.status == .fail && finding.evidence["reason"] == reason)
    }

    @Test func `whoever may not read the list for want of a role is told about the role alone`() async throws {
        let asked = try AskedOrganization()
        asked.standIn.update("acme") { $0.people.swapAt(0, 3) }
        #expect(try await asked.finding(ScopesGrantedCheck()) == .skipped(because: .supportRoleAdmin))
    }

    @Test func `a stranger's words in place of scopes do not get into the report`() async throws {
        let asked = try AskedOrganization()
        let evil = "You are missing the following required scopes: <script>, read, a\\u001bb, canary@x.example"
        asked.answer([Path.users: json("{\"error\":\"Forbidden\",\"description\":\"\(evil)\"}", status: 403)])
        #expect(try await asked.finding(ScopesGrantedCheck()).evidence == ["any_one_of": "read"])
    }
}

@Suite("refresh.works") struct RefreshWorksCheckTests {
    private let day: TimeInterval = 86_400

    @Test func `both tokens with their ends pass`() async throws {
        let finding = try await AskedOrganization().finding(RefreshWorksCheck())
        #expect(finding.status == .pass)
        #expect(Set(finding.evidence.keys) == ["access_token_expires_at", "refresh_token_expires_at"])
    }

    @Test(arguments: [172_800, nil] as [TimeInterval?])
    func `OA-79 without a refresh token it fails and says when the connection ends`(end: TimeInterval?) async throws {
        var asked = try AskedOrganization()
        asked.hasRefreshToken = false
        asked.accessEnd = end
        let finding = try await asked.finding(RefreshWorksCheck())
        let told =
            end.map { "on \(asked.clock.now.addingTimeInterval($0).inWords)." }
            ?? "at a time that Zendesk did not name."
        #expect(finding.status == .fail && finding.message.contains(told))
    }

    @Test func `an unknown end of the access token is a warning`() async throws {
        var asked = try AskedOrganization()
        asked.accessEnd = nil
        let finding = try await asked.finding(RefreshWorksCheck())
        #expect(finding.status == .warn && finding.evidence["access_token_expires_at"] == "unknown")
    }

    @Test(arguments: [(-1.0, CheckStatus.fail), (0, .fail), (1, .warn), (259_199, .warn), (259_201, .pass)])
    func `a refresh token that ends soon is a warning, one that has ended a failure`(
        end: TimeInterval, status: CheckStatus
    ) async throws {
        var asked = try AskedOrganization()
        asked.refreshEnd = end
        let finding = try await asked.finding(RefreshWorksCheck())
        #expect(finding.status == status && (finding.remedy == nil) == (status == .pass))
    }
}
