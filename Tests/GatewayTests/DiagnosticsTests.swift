import Foundation
import Gateway
import GatewayCore
import HTTPTypes
import Preflight
import Storage
import TestSupport
import Testing
import ZendeskEmulator

@Suite("Diagnostics") struct DiagnosticsTests {
    @Test func `what was mended at Zendesk passes the next run and is then handed to sync, once`() async throws {
        try await withGateway { gateway in
            let connection = try await gateway.connect("noguide")
            #expect(try await gateway.diagnostics.run(connection, actor: .system).verdict == "fail")
            gateway.standIn.update("noguide") { $0.people[0].guideRole = .admin }
            for _ in 0..<2 {
                gateway.clock.advance(by: 1)
                let now = try #require(try await gateway.store.connection(connection.id))
                #expect(try await gateway.diagnostics.run(now, actor: .system).verdict == "pass")
            }
            #expect(try await gateway.store.connection(connection.id)?.sync.state == .notStarted)
            #expect(try await gateway.actions.count { $0 == .handedToSync } == 1)
        }
    }

    @Test func `a run that fails later takes the connection back from sync`() async throws {
        try await withGateway { gateway in
            let connection = try await gateway.connect("acme")
            _ = try await gateway.diagnostics.run(connection, actor: .system)
            gateway.standIn.update("acme") { $0.people[0].guideRole = .none }
            gateway.clock.advance(by: 1)
            let now = try #require(try await gateway.store.connection(connection.id))
            _ = try await gateway.diagnostics.run(now, actor: .system)
            let kept = try #require(try await gateway.store.connection(connection.id))
            #expect(kept.sync.state == .waitingForPreflight && kept.preflight?.verdict == .fail)
        }
    }

    @Test func `a dead token makes the connection need authorization, an outage does not`() async throws {
        try await withGateway { gateway in
            let connection = try await gateway.connect()
            gateway.transport.before { _ throws(TransportFailure) in throw .timedOut }
            _ = try await gateway.diagnostics.run(connection, actor: .system)
            #expect(try await gateway.store.connection(connection.id)?.status == .active)
            gateway.transport.before(nil)
            gateway.standIn.revoke("acme")
            gateway.clock.advance(by: 600)
            let report = try await gateway.diagnostics.run(connection, actor: .system)
            #expect(report.checks.first { $0.status == .fail }?.evidence["reason"] == "token_dead")
            let kept = try #require(try await gateway.store.connection(connection.id))
            #expect(kept.status == .needsReauthorization && kept.statusReason == "grant.rejected")
            for _ in 0..<3 { _ = try await gateway.diagnostics.run(connection, actor: .system) }
            #expect(try await gateway.actions.count { $0 == .connectionNeedsReauthorization } == 1)
            #expect(gateway.standIn.doubleUses == 0)
        }
    }

    @Test func `RT-27 a token that died early is replaced once, and the report is about the new one`() async throws {
        try await withGateway { gateway in
            let connection = try await gateway.connect()
            gateway.clock.advance(by: 600)
            gateway.standIn.queue(
                Fault(
                    .status, path: "/api/v2/users/me*", status: 401, body: #"{"error":"invalid_token"}"#,
                    headers: [.contentType: "application/json"]))
            let report = try await gateway.diagnostics.run(connection, actor: .system)
            #expect(report.verdict == "pass")
            let kept = try #require(try await gateway.store.connection(connection.id))
            #expect(kept.status == .active && kept.generation == 2 && kept.preflight?.verdict == .pass)
            #expect(gateway.standIn.counters.rotations == 1)
        }
    }

    @Test func `receivers hear when a connection is ready for sync, when its checks fail, and when they pass again`()
        async throws
    {
        try await withGateway { gateway in
            let connection = try await gateway.connect("acme")
            func run(guide: Person.GuideRole) async throws {
                gateway.standIn.update("acme") { $0.people[0].guideRole = guide }
                gateway.clock.advance(by: 1)
                _ = try await gateway.diagnostics.run(connection, actor: .system)
            }
            for role in [Person.GuideRole.admin, .admin, .none, .none, .admin] { try await run(guide: role) }
            let told = try await gateway.audit.compactMap { entry in
                try EventMessage(entry, connection: connection).map { String(decoding: $0.body, as: UTF8.self) }
            }
            let types = [
                "connection.connected", "connection.ready_for_sync", "preflight.failing", "preflight.verdict_changed",
                "connection.ready_for_sync",
            ]
            try #require(told.count == types.count)
            for (body, type) in zip(told, types) { #expect(body.contains(#""type":"\#(type)""#), "\(body)") }
            #expect(told[2].contains(#""reason":"guide_role.admin""#) && told[2].contains(#""verdict":"fail""#))
            #expect(told[3].contains(#""verdict":"pass""#))
        }
    }

    @Test func `a run begun on a page that is out of date speaks about the tokens of now`() async throws {
        try await withGateway { gateway in
            let stale = try await gateway.connect()
            try await gateway.connect()
            let report = try await gateway.diagnostics.run(stale, actor: .system)
            #expect(report.verdict == "pass")
            #expect(try await gateway.store.connection(stale.id)?.status == .active)
            #expect(try await gateway.audit.last { $0.event.action == .preflightRun }?.event.generation == 2)
        }
    }

    @Test func `the newest report is what was returned`() async throws {
        try await withGateway { gateway in
            let connection = try await gateway.connect()
            #expect(try await gateway.diagnostics.latest(of: connection.id) == nil)
            let report = try await gateway.diagnostics.run(connection, actor: .system)
            #expect(try await gateway.diagnostics.latest(of: connection.id) == report)
            #expect(report.connection_id == connection.id.text)
        }
    }

    @Test func `an ended connection has nothing to diagnose`() async throws {
        try await withGateway { gateway in
            let connection = try await gateway.connect()
            _ = try await gateway.disconnect.run(connection, actor: .system)
            gateway.transport.forget()
            await #expect(throws: DiagnosticsRefusal.noCredential) {
                try await gateway.diagnostics.run(connection, actor: .system)
            }
            #expect(gateway.transport.calls.isEmpty)
        }
    }
}
