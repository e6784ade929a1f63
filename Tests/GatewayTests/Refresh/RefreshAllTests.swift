import Foundation
import Gateway
import GatewayCore
import Storage
import TestSupport
import Testing
import ZendeskEmulator

@Suite("Refresh of everything") struct RefreshAllTests {
    @Test(
        "KEY-16: every connection gets new tokens, what cannot be renewed is counted by its reason, and a second run goes on"
    )
    func everything() async throws {
        try await withRefresh { gateway, _ async throws in
            let connections = try await gateway.connectMore((0..<12).map { "org\($0)" })
            gateway.standIn.update("org3") { $0.switches.account = .gone }
            gateway.standIn.revoke("org4")
            gateway.clock.advance(by: 100)
            let since = gateway.clock.now
            var pace = RefreshAll.Pace()
            pace.perSecond = 10_000
            let everything = RefreshAll(store: gateway.store, broker: gateway.broker, pace: pace)
            let first = try await everything.run(tenant: nil, since: since, actor: .commandLine)
            #expect(first.connections == 13 && first.renewed == 11 && !first.isComplete)
            #expect(
                first.refusals == ["token.unavailable.status.404": 1, "connection.needs_reauthorization": 1]
                    || first.refusals == ["token.unavailable.status.3xx": 1, "connection.needs_reauthorization": 1])
            gateway.standIn.update("org3") { $0.switches.account = .open }
            gateway.clock.advance(by: 60)
            let second = try await everything.run(tenant: nil, since: since, actor: .commandLine)
            #expect(second.renewedBefore == 11 && second.renewed == 1 && second.isComplete)
            for connection in connections where !["org4"].contains(connection.subdomain) {
                #expect(try await gateway.now(connection.id).generation == 2)
            }
            let actors = try await gateway.recorded(.tokensRefreshed).map(\.actor.kind)
            #expect(actors.count == 12 && Set(actors) == [.commandLine])
        }
    }

    @Test("KEY-16: never more at once than the pace allows, and of one organization fewer")
    func pace() async throws {
        try await withRefresh { gateway, _ async throws in
            _ = try await gateway.connectMore((0..<12).map { "org\($0)" })
            let crowd = Crowd()
            gateway.transport.before { request throws(TransportFailure) in
                if request.path == "/oauth/tokens" { await crowd.pass() }
                return nil
            }
            var pace = RefreshAll.Pace()
            (pace.atOnce, pace.perSecond) = (3, 10_000)
            let tally = try await RefreshAll(store: gateway.store, broker: gateway.broker, pace: pace)
                .run(tenant: nil, since: gateway.clock.now, actor: .commandLine)
            #expect(tally.isComplete && crowd.largest <= 3 && crowd.largest > 1)
        }
    }
}
