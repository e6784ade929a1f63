import Foundation
import Gateway
import GatewayCore
import Storage
import TestSupport
import Testing
import ZendeskEmulator

@Suite("Tokens that cannot be kept") struct SaveFailureTests {
    @Test(arguments: [StorageError.unwritable, .busy, .damaged])
    func `a store that fails at the save gets the tokens revoked, and it is said`(_ failure: StorageError) async throws
    {
        try await withGateway { gateway in
            gateway.store.fail(.saveConnected, with: failure)
            let told = try await connecting(gateway)
            #expect(told?.code == "connection.not_saved" && told?.remedy != nil)
            #expect(gateway.standIn.counters.issued == 1 && gateway.standIn.liveTokens("acme").isEmpty)
            #expect(try await gateway.settled == [.succeeded])
            let refused = try await gateway.audit.last { $0.event.action == .authorizationRefused }
            #expect(refused?.event.outcome == .failed(code: "connection.not_saved"))
            #expect(try await gateway.keptNothing)
        }
    }

    @Test func `a store that cannot even note it still gets the tokens revoked`() async throws {
        try await withGateway { gateway in
            gateway.store.fail(.saveConnected)
            gateway.store.fail(.append)
            let told = try await connecting(gateway)
            #expect(told?.code == "connection.not_saved")
            #expect(gateway.standIn.liveTokens("acme").isEmpty)
        }
    }

    @Test func `a disconnect that comes in between wins, and the tokens are revoked`() async throws {
        try await withGateway { gateway in
            let first = try await gateway.connect()
            gateway.store.before(.saveConnected) { _ = try await gateway.disconnect.run(first, actor: .system) }
            let told = try await connecting(gateway)
            #expect(told?.code == "connection.not_saved")
            #expect(gateway.standIn.liveTokens("acme").isEmpty)
            #expect(try await gateway.store.connection(first.id)?.status == .disconnected)
        }
    }

    @Test func `of two first connects at once one is kept and the other's tokens are revoked`() async throws {
        try await withGateway { gateway in
            let session = try await gateway.signIn().session
            gateway.store.before(.saveConnected) { try await gateway.connect(in: session) }
            let told = try await connecting(gateway)
            #expect(told?.code == "connection.not_saved")
            #expect(try await gateway.store.connections(matching: ConnectionQuery()).connections.count == 1)
            #expect(gateway.standIn.liveTokens("acme").count == 1)
        }
    }

    @Test(arguments: ["/oauth/tokens", "/api/v2/users/me", "/api/v2/brands"])
    func `a browser that leaves while the code is exchanged loses nobody any tokens`(path: String) async throws {
        try await withGateway { gateway in
            let departure = try await gateway.begin(in: try await gateway.signIn().session)
            let query = try gateway.approve(departure)
            let (leaving, leave) = AsyncStream<Void>.makeStream()
            let (left, hasLeft) = AsyncStream<Void>.makeStream()
            gateway.transport.before { request throws(TransportFailure) in
                if request.path.hasPrefix(path) {
                    leave.yield()
                    for await _ in left { break }
                }
                return nil
            }
            let work = Task { try await gateway.complete(query, from: departure).connection }
            for await _ in leaving { break }
            work.cancel()
            hasLeft.finish()
            let connection = try await work.value
            #expect(try await gateway.store.connection(connection.id) == connection)
            #expect(gateway.standIn.liveTokens("acme").count == 1)
        }
    }

    private func connecting(_ gateway: SampleGateway) async throws -> Explanation? {
        let departure = try await gateway.begin(in: try await gateway.signIn().session)
        let query = try gateway.approve(departure)
        return await refusal { try await gateway.complete(query, from: departure) }
    }
}
