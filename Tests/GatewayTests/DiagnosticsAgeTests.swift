import Foundation
import Gateway
import GatewayCore
import Preflight
import Storage
import TestSupport
import Testing
import ZendeskEmulator

@Suite("Age of findings") struct DiagnosticsAgeTests {
    @Test func `a look that broke off is made up for after ten minutes and not before`() async throws {
        try await withGateway { gateway in
            let connection = try await gateway.connect()
            gateway.clock.advance(by: 600)
            gateway.store.fail(.recordPreflight)
            #expect(try await gateway.monitor.lookAtDue() == 1)
            gateway.store.heal(.recordPreflight)
            gateway.clock.advance(by: 599)
            #expect(try await gateway.monitor.lookAtDue() == 0)
            gateway.clock.advance(by: 1)
            #expect(try await gateway.monitor.lookAtDue() == 1)
            #expect(try await gateway.store.connection(connection.id)?.preflight?.verdict == .pass)
        }
    }

    @Test func `U7: a light look in an outage keeps no report`() async throws {
        try await withGateway { gateway in
            let connection = try await gateway.connect()
            let report = try await gateway.diagnostics.run(connection, actor: .system)
            gateway.transport.before { _ throws(TransportFailure) in throw .connectTimedOut }
            gateway.clock.advance(by: 60)
            #expect(try await gateway.diagnostics.look(at: connection.id) == .unreachable)
            #expect(try await gateway.diagnostics.latest(of: connection.id) == report)
        }
    }

    @Test func `what was seen before the summary was does not speak for the connection`() async throws {
        try await withGateway { gateway in
            let connection = try await gateway.connect()
            _ = try await gateway.diagnostics.run(connection, actor: .system)
            let before = try #require(try await gateway.store.connection(connection.id))
            gateway.standIn.update("acme") { $0.people[0].guideRole = .none }
            gateway.clock.step(by: -60)
            #expect(try await gateway.diagnostics.run(before, actor: .system).verdict == "fail")
            let after = try #require(try await gateway.store.connection(connection.id))
            #expect(after.preflight == before.preflight && after.sync == before.sync)
        }
    }

    @Test(arguments: [(3_599.0, false), (3_600, true)])
    func `one check alone builds on findings of the last hour; on older ones everything runs`(
        age: TimeInterval, runsAll: Bool
    ) async throws {
        try await withGateway { gateway in
            let connection = try await gateway.connect()
            _ = try await gateway.diagnostics.run(connection, actor: .system)
            gateway.clock.advance(by: age)
            let report = try await gateway.diagnostics.run(connection, only: .guideRoleAdmin, actor: .system)
            #expect(report.checks.allSatisfy { $0.checked_at == nil } == runsAll)
        }
    }
}
