import Foundation
import Gateway
import GatewayCore
import HTTPTypes
import Storage
import TestSupport
import Testing
import ZendeskEmulator

@Suite("Disconnect") struct DisconnectTests {
    @Test func `the receipt says revoked, verified dead, and names its audit entry`() async throws {
        try await withGateway { gateway in
            let connection = try await gateway.connect()
            let receipt = try await gateway.disconnect.run(connection, actor: .commandLine)
            #expect(receipt.revoked && receipt.verifiedDead && receipt.at == gateway.clock.now)
            let entry = try await gateway.audit.first { $0.index == receipt.auditIndex }
            #expect(entry?.event.action == .connectionDisconnected && entry?.event.outcome == .succeeded)
            #expect(entry?.event.actor == .commandLine && !receipt.isQueued)
            #expect(
                try await gateway.actions.suffix(3) == [.connectionDisconnected, .revocationQueued, .revocationSettled])
            #expect(try await gateway.store.connection(connection.id)?.statusReason == nil)
            #expect(gateway.standIn.liveTokens("acme").isEmpty)
            try await expectErased(connection, gateway)
        }
    }

    @Test func `level Read may not delete tokens, and the receipt says so`() async throws {
        try await withGateway { gateway in
            let connection = try await gateway.connect(level: .read)
            let receipt = try await gateway.disconnect.run(connection, actor: .system)
            #expect(!receipt.revoked && !receipt.verifiedDead && receipt.isQueued)
            let entry = try await gateway.audit.first { $0.index == receipt.auditIndex }
            #expect(entry?.event.action == .connectionDisconnected)
            let waiting = try await gateway.store.pendingRevocations(of: connection.id)
            #expect(waiting.map(\.lastCode) == ["scope_missing"])
            #expect(try await gateway.store.connection(connection.id)?.statusReason == "revocation.queued")
            try await expectErased(connection, gateway)
        }
    }

    @Test(arguments: [TransportFailure.connectionRefused, .timedOut, .certificateUntrusted])
    func `OA-98 with Zendesk down our copy is erased all the same`(_ failure: TransportFailure) async throws {
        try await withGateway { gateway in
            let connection = try await gateway.connect()
            gateway.transport.before { _ throws(TransportFailure) in throw failure }
            let receipt = try await gateway.disconnect.run(connection, actor: .system)
            #expect(!receipt.revoked && !receipt.verifiedDead && receipt.isQueued)
            try await expectErased(connection, gateway)
        }
    }

    @Test(arguments: [401, 403, 404, 429, 503])
    func `OA-99 a refused revocation is not called a revocation`(status: Int) async throws {
        try await withGateway { gateway in
            let connection = try await gateway.connect()
            gateway.answer("/api/v2/oauth/tokens", method: .delete, status: status, "")
            let receipt = try await gateway.disconnect.run(connection, actor: .system)
            #expect(!receipt.revoked && !receipt.verifiedDead && receipt.isQueued)
            try await expectErased(connection, gateway)
        }
    }

    @Test(arguments: [200, 204])
    func `OA-99 an agreement without effect is not believed`(status: Int) async throws {
        try await withGateway { gateway in
            let connection = try await gateway.connect()
            gateway.answer("/api/v2/oauth/tokens", method: .delete, status: status, "")
            let receipt = try await gateway.disconnect.run(connection, actor: .system)
            #expect(receipt.revoked && !receipt.verifiedDead && receipt.isQueued)
            #expect(try await gateway.settled.isEmpty)
            #expect(try await gateway.store.pendingRevocations(of: connection.id).first?.lastCode == "still_accepted")
        }
    }

    @Test func `where deleting the current token has no effect it is deleted by its id`() async throws {
        try await withGateway { gateway in
            gateway.standIn.update("acme") { $0.switches.currentDeleteHasNoEffect = true }
            let receipt = try await gateway.disconnect.run(try await gateway.connect(), actor: .system)
            #expect(receipt.revoked && receipt.verifiedDead)
        }
    }

    @Test func `tokens that an admin killed at Zendesk are verified dead`() async throws {
        try await withGateway { gateway in
            let connection = try await gateway.connect()
            gateway.standIn.revoke("acme")
            let receipt = try await gateway.disconnect.run(connection, actor: .system)
            #expect(!receipt.revoked && receipt.verifiedDead && receipt.auditIndex != nil)
        }
    }

    @Test func `a second disconnect changes nothing and calls nobody`() async throws {
        try await withGateway { gateway in
            let connection = try await gateway.connect()
            _ = try await gateway.disconnect.run(connection, actor: .system)
            let entries = try await gateway.audit
            gateway.transport.forget()
            let receipt = try await gateway.disconnect.run(connection, actor: .system)
            #expect(receipt.auditIndex == nil && !receipt.revoked && receipt.verifiedDead)
            #expect(gateway.transport.calls.isEmpty)
            #expect(try await gateway.audit == entries)
        }
    }

    @Test func `of twenty disconnects at once one leaves an audit entry`() async throws {
        try await withGateway { gateway in
            let connection = try await gateway.connect()
            let receipts = try await withThrowingTaskGroup(of: DisconnectReceipt.self) { group in
                for _ in 0..<20 {
                    group.addTask { try await gateway.disconnect.run(connection, actor: .system) }
                }
                return try await group.reduce(into: [DisconnectReceipt]()) { $0.append($1) }
            }
            #expect(receipts.count { $0.auditIndex != nil } == 1)
            #expect(try await gateway.actions.count { $0 == .connectionDisconnected } == 1)
            #expect(gateway.standIn.liveTokens("acme").isEmpty)
        }
    }

    @Test func `a disconnect asked for on a page that is out of date revokes the tokens of now`() async throws {
        try await withGateway { gateway in
            let stale = try await gateway.connect()
            try await gateway.connect()
            let receipt = try await gateway.disconnect.run(stale, actor: .system)
            #expect(receipt.revoked && receipt.verifiedDead)
            #expect(gateway.standIn.liveTokens("acme").isEmpty)
            let ended = try await gateway.audit.last { $0.event.action == .connectionDisconnected }
            #expect(ended?.event.generation == 2)
        }
    }

    @Test func `tokens that do not open any more keep nobody from disconnecting`() async throws {
        try await withGateway { gateway in
            var connection = try await gateway.connect()
            connection.generation = 2
            let damaged = SealedCredential(
                connection: connection.id, generation: 2, accessToken: [1, 2, 3], refreshToken: nil, keyID: "dk_1")
            try await gateway.store.saveConnected(connection, credential: damaged, replacing: 1, audit: [])
            let receipt = try await gateway.disconnect.run(connection, actor: .system)
            #expect(!receipt.revoked && !receipt.verifiedDead && !receipt.isQueued && receipt.auditIndex != nil)
            #expect(try await gateway.store.connection(connection.id)?.statusReason == "revocation.not_verified")
            try await expectErased(connection, gateway)
        }
    }

    @Test func `RT-35 a pair that a renewal brings after the disconnect is revoked, and resurrects nothing`()
        async throws
    {
        try await withRefresh { gateway, connection in
            let stall = Stall()
            gateway.transport.after { request, response in
                if request.path == "/oauth/tokens" { await stall.wait() }
                return response
            }
            async let renewal = gateway.forced(connection.id)
            await stall.untilReached()
            // Zendesk has rotated; what it answered is still on its way.
            #expect(gateway.standIn.counters.rotations == 1)
            let receipt = try await gateway.disconnect.run(connection, actor: .system)
            #expect(receipt.verifiedDead && gateway.standIn.liveTokens("acme").count == 1)
            stall.letGo()
            _ = try await renewal
            #expect(gateway.standIn.liveTokens("acme").isEmpty)
            #expect(try await gateway.now(connection.id).status == .disconnected)
            #expect(try await gateway.store.credential(of: connection.id) == nil)
            #expect(try await gateway.recorded(.tokensRefreshed).isEmpty)
        }
    }

    private func expectErased(
        _ connection: Connection, _ gateway: SampleGateway, at location: SourceLocation = #_sourceLocation
    ) async throws {
        let kept = try await gateway.store.connection(connection.id)
        #expect(kept?.status == .disconnected && kept?.accessTokenExpiresAt == nil, sourceLocation: location)
        #expect(try await gateway.store.credential(of: connection.id) == nil, sourceLocation: location)
    }
}
