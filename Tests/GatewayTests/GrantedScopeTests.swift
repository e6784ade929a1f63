import Foundation
import Gateway
import GatewayCore
import Preflight
import Storage
import TestSupport
import Testing
import ZendeskEmulator

@Suite("What the token answer grants") struct GrantedScopeTests {
    @Test func `OA-84 a narrower scope is stored as granted, and preflight says so`() async throws {
        try await withGateway { gateway in
            gateway.alter("/oauth/tokens", ["scope": "read"])
            let connection = try await gateway.connect(level: .readAndAct)
            #expect(connection.grantedScopes == ScopeSet(["read"]) && connection.permissionLevel == .readAndAct)
            let check = try await scopesCheck(gateway, connection)
            #expect(check.status == .fail && check.evidence["missing"] == "write")
        }
    }

    @Test func `OA-84 a wider scope is stored as granted and flagged in report and audit log`() async throws {
        try await withGateway { gateway in
            gateway.alter("/oauth/tokens", ["scope": "write impersonate read"])
            let connection = try await gateway.connect(level: .read)
            #expect(connection.grantedScopes == ScopeSet(["impersonate", "read", "write"]))
            let exchanged = try await gateway.audit.first { $0.event.action == .tokensExchanged }
            #expect(exchanged?.event.outcome == .failed(code: "scopes.wider"))
            let check = try await scopesCheck(gateway, connection)
            #expect(check.status == .warn && check.evidence["not_asked_for"] == "impersonate write")
        }
    }

    @Test(arguments: ["write read", "read write read"])
    func `OA-84 order and repetition mean nothing`(scope: String) async throws {
        try await withGateway { gateway in
            gateway.alter("/oauth/tokens", ["scope": scope])
            let connection = try await gateway.connect(level: .readAndAct)
            #expect(connection.grantedScopes == PermissionLevel.readAndAct.scopes)
            #expect(try await scopesCheck(gateway, connection).status == .pass)
        }
    }

    @Test(arguments: PermissionLevel.allCases)
    func `OA-84 no scope in the answer means as requested`(level: PermissionLevel) async throws {
        try await withGateway { gateway in
            gateway.alter("/oauth/tokens", leavingOut: ["scope"])
            let connection = try await gateway.connect(level: level)
            #expect(connection.grantedScopes == level.scopes)
        }
    }

    @Test func `OA-79 without a refresh token the connection is kept and preflight names the end`() async throws {
        try await withGateway { gateway in
            gateway.alter("/oauth/tokens", leavingOut: ["refresh_token", "refresh_token_expires_in"])
            let connection = try await gateway.connect()
            let credential = try #require(try await gateway.store.credential(of: connection.id))
            #expect(credential.refreshToken == nil && connection.status == .active)
            let report = try await gateway.diagnostics.run(connection, actor: .system)
            let check = try #require(report.checks.first { $0.code == "refresh.works" })
            let end = gateway.clock.now.addingTimeInterval(172_800).inWords
            #expect(check.status == .fail && check.message.contains(end))
            #expect(report.verdict == "fail")
        }
    }

    private func scopesCheck(
        _ gateway: SampleGateway, _ connection: Connection
    ) async throws -> PreflightReport.Check {
        let report = try await gateway.diagnostics.run(connection, actor: .system)
        return try #require(report.checks.first { $0.code == "scopes.granted" })
    }
}
