import Foundation
import Gateway
import GatewayCore
import Preflight
import Storage
import TestSupport
import Testing
import TokenVault
import ZendeskEmulator

@Suite("Connect") struct ConnectTests {
    @Test func `a whole connect ends with an active connection that is handed to sync`() async throws {
        try await withGateway { gateway in
            let connection = try await gateway.connect("acme", level: .readAndAct)
            #expect(connection.status == .active && connection.generation == 1)
            #expect(connection.sync.state == .waitingForPreflight)
            let report = try await gateway.diagnostics.run(connection, actor: .system)
            #expect(report.verdict == "pass")
            let kept = try #require(try await gateway.store.connection(connection.id))
            #expect(kept.preflight?.verdict == .pass && kept.sync.state == .notStarted)
            #expect(kept.connectedBy.name == "Ada Admin" && kept.connectedBy.role == "admin")
            #expect(kept.grantedScopes == PermissionLevel.readAndAct.scopes)
            #expect(kept.accessTokenExpiresAt == gateway.clock.now.addingTimeInterval(172_800))
            #expect(kept.refreshTokenExpiresAt == gateway.clock.now.addingTimeInterval(7_776_000))
        }
    }

    @Test func `each step of a connect leaves its audit entry, in order`() async throws {
        try await withGateway { gateway in
            let connection = try await gateway.connect()
            _ = try await gateway.diagnostics.run(connection, actor: .system)
            #expect(
                try await gateway.actions == [
                    .dataKeyGenerated, .signInLinkCreated, .signedIn, .authorizationBegun, .authorizationAnswered,
                    .tokensExchanged, .connectionCreated, .preflightRun, .handedToSync,
                ])
            let entries = try await gateway.audit
            #expect(entries.map(\.index) == Array(1...Int64(entries.count)))
            #expect(entries.allSatisfy { $0.event.outcome == .succeeded })
            let about = entries.filter { $0.event.connection == connection.id }
            #expect(about.count == 4 && about.allSatisfy { $0.event.generation == 1 && $0.event.subject == "acme" })
        }
    }

    @Test func `a connection that fails preflight stays active and is not handed to sync`() async throws {
        try await withGateway { gateway in
            let connection = try await gateway.connect("agentville")
            let report = try await gateway.diagnostics.run(connection, actor: .system)
            #expect(report.verdict == "fail")
            let kept = try #require(try await gateway.store.connection(connection.id))
            #expect(kept.status == .active && kept.sync.state == .waitingForPreflight)
            #expect(try await !gateway.actions.contains(.handedToSync))
            let run = try await gateway.audit.last { $0.event.action == .preflightRun }
            #expect(run?.event.outcome == .failed(code: "preflight.fail"))
            #expect(try await gateway.audit.last?.event.outcome == .failed(code: "support_role.admin"))
        }
    }

    @Test func `the tokens are stored sealed, each bound to its own place`() async throws {
        try await withGateway { gateway in
            let connection = try await gateway.connect()
            let credential = try #require(try await gateway.store.credential(of: connection.id))
            let live = try #require(gateway.standIn.liveTokens("acme").first)
            #expect(!String(decoding: credential.accessToken, as: UTF8.self).contains(live.accessToken))
            func open(_ bytes: [UInt8], _ column: String, row: String? = nil) -> String? {
                let context = SealingContext(
                    tenant: "default", table: "credentials", row: row ?? connection.id.text, column: column,
                    generation: 1, organization: "acme")
                return try? gateway.vault.open(try SealedRecord(parsing: bytes), in: context).exposeText()
            }
            let refresh = try #require(credential.refreshToken)
            #expect(open(credential.accessToken, "access_token") == live.accessToken)
            #expect(open(refresh, "refresh_token") == live.refreshToken)
            #expect(open(refresh, "access_token") == nil && open(credential.accessToken, "refresh_token") == nil)
            #expect(open(credential.accessToken, "access_token", row: "con_other") == nil)
        }
    }

    @Test func `OA-08 the browser is sent to the authorization page of the typed organization and nowhere else`()
        async throws
    {
        try await withGateway { gateway in
            let departure = try await gateway.begin("acme", in: try await gateway.signIn().session)
            let page = "http://acme.\(gateway.policy.authority)/oauth/authorizations/new?response_type=code&client_id="
            #expect(departure.location.hasPrefix(page))
            #expect(gateway.transport.calls.isEmpty)
        }
    }

    @Test(arguments: [(PermissionLevel.read, "read"), (.readAndAct, "read%20write")])
    func `OA-06 the scopes are looked up from the level`(level: PermissionLevel, scopes: String) async throws {
        try await withGateway { gateway in
            let departure = try await gateway.begin(level: level, in: try await gateway.signIn().session)
            #expect(parameter("scope", of: departure.location) == scopes)
        }
    }

    @Test func `OA-03 OA-12 verifier and client secret are in the token request and in no address`() async throws {
        try await withGateway { gateway in
            let departure = try await gateway.begin(in: try await gateway.signIn().session)
            let query = try gateway.approve(departure)
            _ = try await gateway.complete(query, from: departure)
            let call = try #require(gateway.transport.calls(to: "/oauth/tokens").first)
            let body = try #require(call.request.body?.exposeBytes { octets in tokenRequest(octets) } ?? nil)
            let verifier = try #require(body["code_verifier"])
            #expect(verifier.count >= 43 && body["client_secret"] == SampleGateway.clientSecret)
            // OA-05
            #expect(body["redirect_uri"] == SampleGateway.redirectURI)
            for address in [departure.location, query] + gateway.transport.calls.map(\.request.path) {
                #expect(!address.contains(verifier) && !address.contains(SampleGateway.clientSecret))
            }
        }
    }

    private func tokenRequest(_ octets: RawSpan) -> [String: String]? {
        let data = unsafe octets.withUnsafeBytes { unsafe Data($0) }
        return (try? JSONSerialization.jsonObject(with: data) as? [String: Any])?.compactMapValues { $0 as? String }
    }

    @Test func `OA-77 a lifetime that the answer leaves out is asked for`() async throws {
        try await withGateway { gateway in
            gateway.standIn.update("acme") { $0.switches.expiresInMode = .alwaysMissing }
            let connection = try await gateway.connect()
            #expect(connection.accessTokenExpiresAt == gateway.clock.now.addingTimeInterval(172_800))
        }
    }
}
