import Foundation
import Gateway
import GatewayCore
import Storage
import StorageSQLite
import TestSupport
import Testing
import ZendeskEmulator

/// What ought to be in the log, kept by the test from what it did.
private struct Mirror {
    struct Line: Equatable {
        let action: AuditAction
        let actor: AuditActor
        let about: String?
        var generation: UInt64?
    }

    var lines: [Line] = []

    mutating func expect(_ action: AuditAction, _ actor: AuditActor, _ about: String?, generation: UInt64? = nil) {
        lines.append(Line(action: action, actor: actor, about: about, generation: generation))
    }
}

@Suite("A mirror of the log") struct MirrorTests {
    private static let operations = ProcessInfo.processInfo.environment["LATCHKEY_LONG_TESTS"] == "1" ? 100_000 : 3_000

    @Test("AUD-01: after thousands of random operations the log has each of them, in order, and nothing else")
    func mirror() async throws {
        let clock = HandClock()
        let standIn = EmulatorWorld.forTests(clock: clock)
        standIn.change { state in
            for name in state.organizations.keys { state.organizations[name]?.switches.rateLimit = 100_000_000 }
        }
        let policy = try HostPolicy(parsing: "zendesk.localhost:9443", usesPlainHTTP: true)
        let gateway = try await SampleGateway(
            standIn: standIn, policy: policy, clock: clock, transport: WatchedTransport(Bridge(standIn)),
            store: SQLiteStore.inMemory())
        var connection = try await gateway.connect()
        let (key, token) = try await gateway.apiKeys.create(
            name: "reader", scopes: [.credentialsRead], tenant: nil, actor: .commandLine)
        let start = try #require(try await gateway.audit.last).index
        var mirror = Mirror()
        var numbers = SeededNumbers(1)
        var leases: [LeaseID] = []
        let program = AuditActor(kind: .apiKey, id: key.id.text)

        for _ in 0..<Self.operations {
            clock.advance(by: 1)
            switch Int.random(in: 0..<8, using: &numbers) {
            case 0, 1, 2:
                let held = try #require(
                    try await gateway.store.handOff(keyDigest: token.digest, connection: connection.id)?.held)
                let ask = Leases.Ask(connection: connection.id, minimumLifetime: 0, allowsFailingPreflight: true)
                let handed = try await gateway.leases.handOut(ask, of: held, to: key.id)
                leases.append(handed.lease.id)
                mirror.expect(
                    .accessTokenHandedOut, program, handed.lease.id.text, generation: connection.generation)
            case 3:
                guard let lease = leases.popLast(), try await gateway.leases.release(lease, by: key.id) else {
                    continue
                }
                mirror.expect(.leaseReleased, program, lease.text, generation: connection.generation)
            case 4:
                let before = connection.generation
                connection = try await gateway.broker.refresh(connection.id, actor: program)
                leases = []
                mirror.expect(.refreshBegun, program, connection.subdomain, generation: before)
                mirror.expect(.tokensRefreshed, program, connection.subdomain, generation: before + 1)
            case 5:
                let (made, _) = try await gateway.apiKeys.create(
                    name: "k", scopes: [.connect], tenant: nil, actor: .commandLine)
                mirror.expect(.apiKeyCreated, .commandLine, made.id.text)
                guard Bool.random(using: &numbers) else { continue }
                _ = try await gateway.apiKeys.revoke(made.id, actor: program)
                mirror.expect(.apiKeyRevoked, program, made.id.text)
                // A second time changes nothing.
                #expect(try await !gateway.apiKeys.revoke(made.id, actor: program))
            case 6:
                let session = try await gateway.signIn().session
                mirror.expect(.signInLinkCreated, .commandLine, "connect")
                mirror.expect(.signedIn, session.actor, session.publicID)
                try await gateway.consoleAccess.signOut(session)
                mirror.expect(.signedOut, session.actor, nil)
            default:
                let request = ConnectSessions.Request(
                    tenant: .default, permissionLevels: [.read], organization: nil, returnURL: nil, connection: nil)
                let (made, _) = try await gateway.connectSessions.create(request, actor: program)
                mirror.expect(.connectSessionCreated, program, made.id.text)
            }
        }

        let entries = try await gateway.store.auditEntries(after: start, limit: .max)
        #expect(entries.count == mirror.lines.count)
        for (entry, line) in zip(entries, mirror.lines) {
            let event = entry.event
            let found = Mirror.Line(
                action: event.action, actor: event.actor, about: event.subject, generation: event.generation)
            try #require(found == line, "entry \(entry.index)")
            #expect(event.outcome == .succeeded && event.at.timeIntervalSince(clock.now) <= 0)
        }
        #expect(try await gateway.store.readAuditTree(rootsAt: []).fault == nil)
    }

    @Test("AUD-01: a connection's life, from the first click to its end, step by step")
    func life() async throws {
        try await withGateway { gateway in
            let connection = try await gateway.connect()
            _ = try await gateway.broker.refresh(connection.id, actor: .system)
            _ = try await gateway.disconnect.run(connection, actor: .commandLine)
            let actions = try await gateway.audit.map(\.event.action)
            let expected: [AuditAction] = [
                .dataKeyGenerated, .signInLinkCreated, .signedIn, .authorizationBegun, .authorizationAnswered,
                .tokensExchanged, .connectionCreated, .refreshBegun, .tokensRefreshed, .connectionDisconnected,
                .revocationQueued,
            ]
            #expect(actions.starts(with: expected), "\(actions)")
            // Who, what, when and to what, in every one of them.
            for event in try await gateway.audit.map(\.event) where event.connection == connection.id {
                #expect(event.tenant == .default && event.subject == "acme" && event.at == gateway.clock.now)
            }
        }
    }

    @Test("AUD-04: nothing in the log is a secret or says more of a person than an id")
    func noSecrets() async throws {
        try await withGateway { gateway in
            let connection = try await gateway.connect()
            let refreshed = try await gateway.broker.refresh(connection.id, actor: .system)
            let (_, key) = try await gateway.apiKeys.create(
                name: "Jane Doe <jane@example.com>", scopes: [.connect], tenant: nil, actor: .commandLine)
            let token = try await gateway.broker.accessToken(for: connection.id)
            _ = try await gateway.disconnect.run(connection, actor: .commandLine)
            var secrets = [key.secret.exposeText(), token.token.exposeText(), SampleGateway.clientSecret]
            secrets += gateway.transport.calls.compactMap { $0.request.body?.exposeText() }
            secrets += [connection.connectedBy.name, connection.connectedBy.email, refreshed.connectedBy.email, "Jane"]
                .compactMap { $0 }
            let entries = try await gateway.audit
            #expect(entries.count > 8)
            for entry in entries {
                let texts = Self.texts(entry.event)
                for text in texts {
                    #expect(!text.contains("@"), "\(entry)")
                    for secret in secrets { #expect(!text.contains(secret), "\(entry)") }
                }
            }
        }
    }

    private static func texts(_ event: AuditEvent) -> [String] {
        let code: String? =
            switch event.outcome {
            case .succeeded: nil
            case .refused(let code), .failed(let code): code
            }
        return [event.actor.id, event.subject, event.keyID, event.tenant?.text, code].compactMap { $0 }
    }
}

@Suite("Without a log nothing happens") struct UnwritableLogTests {
    @Test("AUD-03: where no entry can be appended nothing changes, no token leaves, and health turns red")
    func unwritable() async throws {
        let inner = try SQLiteStore.inMemory()
        try await withGateway(store: inner) { gateway in
            let connection = try await gateway.connect()
            let (key, token) = try await gateway.apiKeys.create(
                name: "k", scopes: [.credentialsRead], tenant: nil, actor: .commandLine)
            let held = try #require(
                try await gateway.store.handOff(keyDigest: token.digest, connection: connection.id)?.held)
            let session = try await gateway.signIn().session
            try await inner.checkHealth()
            let entries = try await gateway.audit.count
            try await inner.spoilAuditHead()
            gateway.transport.forget()

            await #expect(throws: (any Error).self) { try await inner.checkHealth() }
            await #expect(throws: (any Error).self) {
                try await gateway.apiKeys.create(name: "l", scopes: [.connect], tenant: nil, actor: .commandLine)
            }
            await #expect(throws: (any Error).self) { try await gateway.apiKeys.revoke(key.id, actor: .commandLine) }
            await #expect(throws: (any Error).self) {
                try await gateway.leases.handOut(
                    Leases.Ask(connection: connection.id, minimumLifetime: 0, allowsFailingPreflight: true), of: held,
                    to: key.id)
            }
            await #expect(throws: (any Error).self) {
                try await gateway.broker.refresh(connection.id, actor: .system)
            }
            await #expect(throws: (any Error).self) {
                try await gateway.disconnect.run(connection, actor: .commandLine)
            }
            await #expect(throws: (any Error).self) { try await gateway.begin(in: session) }
            await #expect(throws: (any Error).self) { try await gateway.consoleAccess.signOut(session) }

            #expect(gateway.transport.calls.isEmpty, "nothing was sent either")
            #expect(try await gateway.store.connection(connection.id) == connection)
            #expect(try await gateway.apiKeys.all().map(\.id) == [key.id])
            #expect(try await gateway.audit.count == entries)
        }
    }
}
