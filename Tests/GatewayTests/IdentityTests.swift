import Foundation
import Gateway
import GatewayCore
import HTTPTypes
import Storage
import Synchronization
import TestSupport
import Testing
import ZendeskEmulator

@Suite("Who answers") struct IdentityTests {
    private static let nobody = #"{"user":{"id":null,"name":"Anonymous user","role":"end-user"}}"#

    @Test(arguments: [
        (200, nobody, "identity.anonymous"), (200, "{}", "identity.unanswered"), (200, "", "identity.unanswered"),
        (401, #"{"error":"Couldn't authenticate you"}"#, "identity.unanswered"), (403, "", "identity.unanswered"),
        (503, "", "identity.unanswered"),
    ])
    func `OA-36 nobody in particular is refused, the token is revoked and nothing is kept`(
        status: Int, body: String, code: String
    ) async throws {
        try await withGateway { gateway in
            gateway.answer("/api/v2/users/me", status: status, body)
            let told = try await connecting(gateway)
            #expect(told?.code == code && told?.remedy != nil)
            #expect(gateway.standIn.counters.issued == 1 && gateway.standIn.liveTokens("acme").isEmpty)
            #expect(try await gateway.keptNothing)
            #expect(try await gateway.refusedCodes == [code])
            #expect(try await gateway.settled == [.succeeded])
        }
    }

    @Test func `a token that could not be revoked is named in the audit log`() async throws {
        try await withGateway { gateway in
            gateway.answer("/api/v2/users/me", status: 200, Self.nobody)
            // Level Read may not delete tokens at Zendesk.
            let told = try await connecting(gateway, level: .read)
            #expect(told?.code == "identity.anonymous")
            #expect(gateway.standIn.liveTokens("acme").count == 1)
            #expect(try await gateway.settled.isEmpty)
            #expect(try await gateway.actions.contains(.revocationQueued))
            #expect(try await gateway.store.pendingRevocationCount() == 1)
        }
    }

    @Test func `OA-36 who signed in and which account answered are stored`() async throws {
        try await withGateway { gateway in
            let connection = try await gateway.connect("acme")
            let acme = try #require(gateway.standIn.organization("acme"))
            #expect(connection.connectedBy.id == acme.people[0].id)
            #expect(connection.connectedBy.email == "ada@acme.example")
            #expect(connection.accountFingerprint == "brand:\(acme.brands[0].id)")
        }
    }

    @Test func `OA-38 another account at the same subdomain is refused and the old record is untouched`() async throws {
        try await withGateway { gateway in
            let session = try await gateway.signIn().session
            let before = try await gateway.connect("acme", in: session)
            let credential = try await gateway.store.credential(of: before.id)
            let stranger = try #require(gateway.standIn.organization("noguide")?.brands)
            gateway.standIn.update("acme") { $0.brands = stranger }
            let told = try await connecting(gateway, in: session)
            #expect(told?.code == "identity.other_account")
            #expect(try await gateway.store.connection(before.id) == before)
            #expect(try await gateway.store.credential(of: before.id) == credential)
            #expect(gateway.standIn.liveTokens("acme").count == 1, "the stranger's token is revoked")
        }
    }

    @Test(arguments: [(403, ""), (503, ""), (200, "{}"), (200, #"{"brands":[]}"#)])
    func `OA-38 an account that does not show who it is does not pass for the pinned one`(
        status: Int, body: String
    ) async throws {
        try await withGateway { gateway in
            let session = try await gateway.signIn().session
            let before = try await gateway.connect("acme", in: session)
            gateway.answer("/api/v2/brands", status: status, body)
            let told = try await connecting(gateway, in: session)
            #expect(told?.code == "identity.account_unknown")
            #expect(try await gateway.store.connection(before.id) == before)
            #expect(gateway.standIn.liveTokens("acme").count == 1)
        }
    }

    @Test(arguments: [429, 503])
    func `OA-38 an account that nobody could tell apart later is not connected`(status: Int) async throws {
        try await withGateway { gateway in
            gateway.answer("/api/v2/brands", status: status, "")
            let told = try await connecting(gateway)
            #expect(told?.code == "identity.account_unanswered" && told?.remedy != nil)
            #expect(gateway.transport.calls(to: "/api/v2/brands").count == 2, "it was asked once more")
            #expect(try await gateway.keptNothing)
            #expect(gateway.standIn.liveTokens("acme").isEmpty)
        }
    }

    @Test func `OA-38 an account that answers at the second time is pinned`() async throws {
        try await withGateway { gateway in
            let asked = Atomic(0)
            gateway.transport.before { request throws(TransportFailure) in
                guard request.path.hasPrefix("/api/v2/brands"),
                    asked.wrappingAdd(1, ordering: .relaxed).newValue == 1
                else { return nil }
                throw .timedOut
            }
            let connection = try await gateway.connect("acme")
            #expect(connection.accountFingerprint?.hasPrefix("brand:") == true)
        }
    }

    @Test func `OA-38 a connection that was kept without its account gets it from the next run of the checks`()
        async throws
    {
        try await withGateway { gateway in
            let session = try await gateway.signIn().session
            gateway.answer("/api/v2/brands", status: 403, "")
            let kept = try await gateway.connect("acme", in: session)
            #expect(kept.accountFingerprint == nil, "whoever connected may not see brands")
            _ = try await gateway.diagnostics.run(kept, actor: .system)
            #expect(try await gateway.store.connection(kept.id)?.accountFingerprint == nil)
            gateway.transport.before(nil)
            gateway.clock.advance(by: 60)
            _ = try await gateway.diagnostics.run(kept, actor: .system)
            let own = try #require(gateway.standIn.organization("acme")?.brands.first)
            #expect(try await gateway.store.connection(kept.id)?.accountFingerprint == "brand:\(own.id)")
            let stranger = try #require(gateway.standIn.organization("noguide")?.brands)
            gateway.standIn.update("acme") { $0.brands = stranger }
            gateway.clock.advance(by: 60)
            _ = try await gateway.diagnostics.run(kept, actor: .system)
            #expect(try await gateway.store.connection(kept.id)?.accountFingerprint == "brand:\(own.id)")
            #expect(try await connecting(gateway, in: session)?.code == "identity.other_account")
        }
    }

    @Test func `OA-38 after a disconnect another account may connect under the name`() async throws {
        try await withGateway { gateway in
            let before = try await gateway.connect("acme")
            _ = try await gateway.disconnect.run(before, actor: .system)
            let stranger = try #require(gateway.standIn.organization("noguide")?.brands)
            gateway.standIn.update("acme") { $0.brands = stranger }
            let after = try await gateway.connect("acme")
            #expect(after.id != before.id && after.accountFingerprint != before.accountFingerprint)
        }
    }

    private func connecting(
        _ gateway: SampleGateway, level: PermissionLevel = .readAndAct, in session: ConsoleSession? = nil
    ) async throws -> Explanation? {
        let session = if let session { session } else { try await gateway.signIn().session }
        let departure = try await gateway.begin(level: level, in: session)
        let query = try gateway.approve(departure)
        return await refusal { try await gateway.complete(query, from: departure) }
    }
}

extension SampleGateway {
    /// What the audit log says about revoked tokens.
    var settled: [AuditOutcome] {
        get async throws { try await audit.filter { $0.event.action == .revocationSettled }.map(\.event.outcome) }
    }
}
