import Foundation
import Gateway
import GatewayCore
import Storage
import TestSupport
import Testing
import ZendeskEmulator

@Suite("Refused hand-offs") struct LeaseRefusalTests {
    private static let holder = APIKeyID(random: SystemRandomSource())

    /// One caller's asks, through the same leases as a running service has them.
    private struct Desk {
        let gateway: SampleGateway
        let leases: Leases
        let digest: [UInt8]

        init(_ gateway: SampleGateway) async throws {
            self.gateway = gateway
            leases = gateway.leases
            digest = try await gateway.apiKeys.create(
                name: "k", scopes: [.credentialsRead], tenant: nil, actor: .commandLine
            ).1.digest
        }

        @discardableResult
        func ask(
            for connection: Connection, minimum: TimeInterval = 0, by holder: APIKeyID = LeaseRefusalTests.holder
        ) async throws -> Leases.HandedOut {
            let held = try #require(
                try await gateway.store.handOff(keyDigest: digest, connection: connection.id)?.held)
            return try await leases.handOut(
                Leases.Ask(connection: connection.id, minimumLifetime: minimum, allowsFailingPreflight: false),
                of: held, to: holder)
        }

        var refused: [AuditEvent] {
            get async throws {
                try await gateway.audit.map(\.event).filter {
                    $0.action == .accessTokenHandedOut && $0.outcome != .succeeded
                }
            }
        }
    }

    private static func fail(_ gateway: SampleGateway) async throws -> Connection {
        let connection = try await gateway.connect("fenced")
        gateway.standIn.update("fenced") { $0.switches.ipRestrictionEnabled = true }
        _ = try await gateway.diagnostics.run(connection, actor: .system)
        return connection
    }

    @Test func `AUD-01 a hand-off that is refused because the checks fail has an entry: who, what, and why`()
        async throws
    {
        try await withGateway { gateway in
            let connection = try await Self.fail(gateway)
            let desk = try await Desk(gateway)
            await #expect(throws: LeaseRefusal.preflightFailing) { try await desk.ask(for: connection) }
            let entry = try #require(try await desk.refused.first)
            #expect(entry.outcome == .refused(code: "preflight.failing") && entry.subject == nil)
            #expect(entry.actor == AuditActor(kind: .apiKey, id: Self.holder.text))
            #expect(entry.connection == connection.id && entry.tenant == connection.tenant)
        }
    }

    @Test func `AUD-01 so has one for a token that cannot be, one of a dead grant, and one of an ended connection`()
        async throws
    {
        try await withGateway { gateway in
            let connection = try await gateway.connect()
            let desk = try await Desk(gateway)
            await #expect(throws: LeaseRefusal.minimumTooLong(longest: 172_740)) {
                try await desk.ask(for: connection, minimum: 172_741)
            }
            gateway.standIn.revoke("acme")
            gateway.clock.advance(by: 172_800)
            await #expect(throws: TokenRefusal.self) { try await desk.ask(for: connection) }
            let dead = try #require(try await gateway.store.connection(connection.id))
            #expect(dead.status == .needsReauthorization)
            _ = try await gateway.disconnect.run(dead, actor: .system)
            await #expect(throws: TokenRefusal.disconnected) { try await desk.ask(for: connection) }
            #expect(
                try await desk.refused.map(\.outcome) == [
                    .refused(code: "min_ttl.too_long"), .refused(code: "connection.needs_reauthorization"),
                    .refused(code: "connection.disconnected"),
                ])
        }
    }

    @Test func `AUD-01 who asks in a loop has one entry a minute for each connection and reason, and is counted`()
        async throws
    {
        try await withGateway { gateway in
            let connection = try await Self.fail(gateway)
            let desk = try await Desk(gateway)
            func askOften() async {
                for _ in 0..<100 { await #expect(throws: LeaseRefusal.self) { try await desk.ask(for: connection) } }
            }
            await askOften()
            #expect(try await desk.refused.count == 1)
            await #expect(throws: LeaseRefusal.self) {
                try await desk.ask(for: connection, by: APIKeyID(random: SystemRandomSource()))
            }
            #expect(try await desk.refused.count == 2, "somebody else")
            gateway.clock.advance(by: 60)
            await askOften()
            #expect(try await desk.refused.map(\.subject) == [nil, nil, "repeated=99"])
        }
    }

    @Test func `AUD-03 a refusal that cannot be written down is no answer either, and is not taken for written`()
        async throws
    {
        try await withGateway { gateway in
            let connection = try await Self.fail(gateway)
            let desk = try await Desk(gateway)
            gateway.store.fail(.append, with: StorageError.unwritable)
            await #expect(throws: StorageError.unwritable) { try await desk.ask(for: connection) }
            gateway.store.heal(.append)
            await #expect(throws: LeaseRefusal.preflightFailing) { try await desk.ask(for: connection) }
            #expect(try await desk.refused.count == 1)
        }
    }
}
