import Foundation
import Gateway
import GatewayCore
import Storage
import Synchronization
import TestSupport
import Testing
import ZendeskEmulator

/// When Zendesk says no to our client (KEY-18 to KEY-20, RT-31).
@Suite("Refused clients") struct RefreshClientTests {
    @Test("RT-31 KEY-19: a wrong secret marks no connection dead, one tries for all, and all resume when it is right")
    func wrongSecret() async throws {
        try await withRefresh { gateway, _ async throws in
            let connections = try await gateway.connectMore((0..<20).map { "org\($0)" })
            try await gateway.runSchedule()
            let secrets = Mutex([Secret("wrong")])
            let node = gateway.node(secrets: { secrets.withLock { $0 } })
            gateway.clock.advance(by: 86_401)
            for _ in 0..<30 {
                try await gateway.runSchedule(node)
                gateway.clock.advance(by: 60)
            }
            #expect(try await gateway.statuses(connections) == [.active])
            #expect(gateway.tokenCalls < 70, "\(gateway.tokenCalls) calls in half an hour for twenty connections")
            #expect(try await gateway.recorded(.clientSecretProbed).count == 1, "told once")
            for connection in connections {
                #expect(try await gateway.broker(of: node).accessToken(for: connection.id).generation == 1)
            }
            try await gateway.runSchedule(node)
            secrets.withLock { $0 = [Secret(SampleGateway.clientSecret)] }
            await node.clientSecretChanged()
            let refused = gateway.tokenCalls
            try await gateway.runSchedule(node)
            #expect(gateway.tokenCalls > refused, "the new one is tried at once")
            for _ in 0..<10 {
                try await gateway.runSchedule(node)
                gateway.clock.advance(by: 60)
            }
            for connection in connections { #expect(try await gateway.now(connection.id).generation == 2) }
            #expect(try await gateway.recorded(.clientSecretProbed).map(\.outcome).last == .succeeded)
        }
    }

    @Test("KEY-19: a refusal of the grant alone shows that the client is accepted, and all go on")
    func acceptedByRefusal() async throws {
        try await withRefresh { gateway, connection async throws in
            let other = try await gateway.connectMore(["noguide"])[0]
            gateway.answerTokens(401, #"{"error":"invalid_client"}"#)
            _ = try await gateway.forced(connection.id)
            #expect(await gateway.refresher.clientRefusedUntil != nil)
            gateway.standIn.revoke("acme")
            gateway.clock.advance(by: 61)
            #expect(try await gateway.forced(connection.id) == .needsReauthorization(reason: "grant.rejected"))
            #expect(await gateway.refresher.clientRefusedUntil == nil)
            #expect(try await gateway.forced(other.id) == .current, "without another minute's wait")
            #expect(try await gateway.recorded(.clientSecretProbed).map(\.outcome).last == .succeeded)
        }
    }

    @Test("KEY-18: while the secret is changed both lines serve, whichever Zendesk accepts, and no renewal fails")
    func bothLines() async throws {
        try await withRefresh { gateway, connection async throws in
            let new = "new-client-secret-77aa"
            let node = gateway.node(secrets: { [Secret(new), Secret(SampleGateway.clientSecret)] })
            // Zendesk knows no overlap: up to a moment it accepts the old one, from then on the new one.
            #expect(try await gateway.forced(connection.id, by: node) == .current)
            #expect(gateway.tokenCalls == 2, "the new one first, then the one that is still valid")
            #expect(gateway.standIn.rotateSecret(of: SampleGateway.clientID, to: new))
            #expect(try await gateway.forced(connection.id, by: node) == .current)
            #expect(gateway.tokenCalls == 3)
            #expect(try await gateway.now(connection.id).generation == 3)
            #expect(try await gateway.recorded(.refreshNotDone).isEmpty)
        }
    }

    @Test("RT-32: an organization that alone threw our client out is asked less and less and slows nobody")
    func oneOrganization() async throws {
        try await withRefresh { gateway, connection async throws in
            let others = try await gateway.connectMore((0..<5).map { "org\($0)" })
            for other in others { _ = try await gateway.forced(other.id) }
            gateway.standIn.update("acme") { $0.switches.knowsClients = false }
            gateway.transport.forget()
            _ = try await gateway.forced(connection.id)
            for other in others { #expect(try await gateway.forced(other.id) == .current) }
            gateway.transport.forget()
            for _ in 0..<60 {
                gateway.clock.advance(by: 60)
                try await gateway.runSchedule()
            }
            #expect((10...20).contains(gateway.tokenCalls), "\(gateway.tokenCalls) calls in an hour")
            #expect(try await gateway.now(connection.id).status == .active)
            gateway.standIn.update("acme") { $0.switches.knowsClients = true }
            gateway.clock.advance(by: 300)
            try await gateway.runSchedule()
            #expect(try await gateway.now(connection.id).generation == 2)
        }
    }
}

extension SampleGateway {
    func statuses(_ connections: [Connection]) async throws -> Set<ConnectionStatus> {
        var statuses: Set<ConnectionStatus> = []
        for connection in connections { statuses.insert(try await now(connection.id).status) }
        return statuses
    }
}
