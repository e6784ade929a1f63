import Foundation
import Gateway
import GatewayCore
import HTTPTypes
import Storage
import TestSupport
import Testing
import ZendeskEmulator

@Suite("Proxied calls") struct ProxiedCallTests {
    private static let caller = AuditActor(kind: .apiKey, id: "key_test")

    private static func calls(_ gateway: SampleGateway) -> ProxiedCalls {
        ProxiedCalls(
            store: gateway.store, renewal: gateway.broker, transport: Bridge(gateway.standIn),
            probing: gateway.transport, policy: gateway.policy, clock: gateway.clock)
    }

    private static func call(_ path: String, _ method: HTTPRequest.Method = .get) throws -> ProxiedCalls.Call {
        ProxiedCalls.Call(
            method: method, path: try ProxyPath(path[...], query: nil), headerFields: [:], body: .none)
    }

    @Test(arguments: [StorageError.unwritable, .busy, .damaged])
    func `AUD-02 AUD-03 a call that cannot be logged does not leave, and its place is free again`(
        _ error: StorageError
    ) async throws {
        try await withRefresh { gateway, connection in
            gateway.standIn.clearLog()
            gateway.store.fail(.append, with: error)
            let calls = Self.calls(gateway)
            for _ in 0..<40 {
                await #expect(throws: error) {
                    _ = try await calls.run(try Self.call("api/v2/users.json"), over: connection, actor: Self.caller)
                }
            }
            #expect(gateway.standIn.log.isEmpty)
        }
    }

    @Test func `an ended connection carries nothing`() async throws {
        try await withRefresh { gateway, connection in
            _ = try await gateway.disconnect.run(connection, actor: .system)
            gateway.standIn.clearLog()
            await #expect(throws: TokenRefusal.disconnected) {
                _ = try await Self.calls(gateway).run(
                    try Self.call("api/v2/users.json"), over: connection, actor: Self.caller)
            }
            #expect(gateway.standIn.log.isEmpty)
        }
    }

    @Test func `RT-23 a grant that was revoked at Zendesk is named by the first call, once, and costs no second one`()
        async throws
    {
        try await withRefresh { gateway, connection in
            gateway.clock.advance(by: 600)
            gateway.standIn.revoke("acme")
            let calls = Self.calls(gateway)
            let call = try Self.call("api/v2/users.json")
            let first = try await calls.run(call, over: connection, actor: Self.caller)
            #expect(first.status == .unauthorized)
            await #expect(throws: TokenRefusal.needsReauthorization(reason: "grant.rejected")) {
                _ = try await calls.run(call, over: connection, actor: Self.caller)
            }
            #expect(try await gateway.recorded(.connectionNeedsReauthorization).count == 1)
        }
    }
}
