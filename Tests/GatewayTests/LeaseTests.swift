import Foundation
import Gateway
import GatewayCore
import Storage
import TestSupport
import Testing
import ZendeskEmulator

@Suite("Leases") struct LeaseTests {
    private static let holder = APIKeyID(random: SystemRandomSource())

    private static func handOut(
        _ gateway: SampleGateway, _ connection: Connection, minimum: TimeInterval = 0, failing: Bool = false
    ) async throws -> Leases.HandedOut {
        let (_, token) = try await gateway.apiKeys.create(
            name: "k", scopes: [.credentialsRead], tenant: nil, actor: .commandLine)
        let found = try #require(
            try await gateway.store.handOff(keyDigest: token.digest, connection: connection.id)?.held)
        let ask = Leases.Ask(
            connection: connection.id, minimumLifetime: minimum, allowsFailingPreflight: failing)
        return try await gateway.leases.handOut(ask, of: found, to: holder)
    }

    private static func isLive(_ token: Secret, _ gateway: SampleGateway) -> Bool {
        gateway.standIn.liveTokens("acme").contains { $0.accessToken == token.exposeText() }
    }

    @Test func `AUD-01 AUD-04 a hand-off leaves one entry that says who, what, which generation and key, and no token`()
        async throws
    {
        try await withGateway { gateway in
            let connection = try await gateway.connect()
            let handed = try await Self.handOut(gateway, connection)
            #expect(Self.isLive(handed.token, gateway))
            let entries = try await gateway.audit.map(\.event).filter { $0.action == .accessTokenHandedOut }
            let entry = try #require(entries.first)
            #expect(entries.count == 1 && entry.outcome == .succeeded)
            #expect(entry.actor == AuditActor(kind: .apiKey, id: Self.holder.text))
            #expect(entry.connection == connection.id && entry.tenant == connection.tenant)
            #expect(entry.generation == 1 && entry.subject == handed.lease.id.text && entry.keyID != nil)
            #expect(!"\(entries)".contains(handed.token.exposeText()))
            #expect(try await gateway.store.lease(handed.lease.id) == handed.lease)
        }
    }

    @Test(arguments: [StorageError.unwritable, .busy, .damaged])
    func `AUD-02 AUD-03 when the entry cannot be written, no token leaves`(_ error: StorageError) async throws {
        try await withGateway { gateway in
            let connection = try await gateway.connect()
            gateway.store.fail(.insertLease, with: error)
            await #expect(throws: error) { try await Self.handOut(gateway, connection) }
            #expect(try await gateway.audit.allSatisfy { $0.event.action != .accessTokenHandedOut })
        }
    }

    @Test func `RT-28 a token replaced between reading and writing is not handed out; the new one is`() async throws {
        try await withGateway { gateway in
            let connection = try await gateway.connect()
            gateway.store.before(.insertLease) { try await gateway.connect(reauthorizing: connection.id) }
            let handed = try await Self.handOut(gateway, connection)
            #expect(handed.lease.generation == 2)
            #expect(Self.isLive(handed.token, gateway))
            let generations = try await gateway.audit.map(\.event)
                .filter { $0.action == .accessTokenHandedOut }.map(\.generation)
            #expect(generations == [2])
            try await checkInvariants(gateway)
        }
    }

    @Test func `a lease ends with the token or after an hour, unless more was asked for`() async throws {
        try await withGateway { gateway in
            let connection = try await gateway.connect()
            let usual = try await Self.handOut(gateway, connection)
            #expect(usual.lease.expiresAt == gateway.clock.now + Leases.longest)
            #expect(usual.expiresAt == connection.accessTokenExpiresAt)
            let long = try await Self.handOut(gateway, connection, minimum: 7200)
            #expect(long.lease.expiresAt == gateway.clock.now + 7200)
        }
    }

    @Test func `a planned renewal waits until the last lease has ended`() async throws {
        try await withRefresh { gateway, connection in
            gateway.clock.advance(by: 86_400)
            _ = try await Self.handOut(gateway, connection)
            for _ in 0..<6 {
                try await gateway.runSchedule()
                #expect(gateway.tokenCalls == 0)
                gateway.clock.advance(by: Leases.longest / 6)
            }
            gateway.clock.advance(by: 1)
            try await gateway.runSchedule()
            #expect(try await gateway.now(connection.id).generation == 2)
        }
    }

    @Test func `a planned renewal does not wait for a lease that was given back`() async throws {
        try await withRefresh { gateway, connection in
            gateway.clock.advance(by: 86_400)
            let handed = try await Self.handOut(gateway, connection)
            #expect(try await gateway.leases.release(handed.lease.id, by: Self.holder))
            try await gateway.runSchedule()
            #expect(try await gateway.now(connection.id).generation == 2)
        }
    }

    @Test func `RT-12b a planned renewal waits for a long lease until the drain deadline and no longer`() async throws {
        try await withRefresh { gateway, connection in
            gateway.clock.advance(by: 86_400)
            _ = try await Self.handOut(gateway, connection, minimum: 23 * 3600)
            // A tenth of two days before the end.
            gateway.clock.advance(by: 86_400 * 0.8 - 60)
            try await gateway.runSchedule()
            #expect(gateway.tokenCalls == 0)
            gateway.clock.advance(by: 61)
            try await gateway.runSchedule()
            #expect(try await gateway.now(connection.id).generation == 2)
        }
    }

    @Test func `a forced renewal waits for nobody`() async throws {
        try await withRefresh { gateway, connection in
            _ = try await Self.handOut(gateway, connection)
            #expect(try await gateway.broker.refresh(connection.id, actor: .commandLine).generation == 2)
        }
    }

    @Test func `a min_ttl that no token can meet is refused with the longest possible`() async throws {
        try await withGateway { gateway in
            let connection = try await gateway.connect()
            await #expect(throws: LeaseRefusal.minimumTooLong(longest: 172_740)) {
                try await Self.handOut(gateway, connection, minimum: 172_741)
            }
            _ = try await Self.handOut(gateway, connection, minimum: 172_740)
        }
    }

    @Test func `RT-45 a min_ttl beyond what Zendesk grants is refused with what it grants, and renews once at most`()
        async throws
    {
        try await withRefresh { gateway, connection in
            let token = try #require(try await gateway.refreshToken(of: connection))
            gateway.answerTokens(
                200,
                """
                {"access_token":"access-2","token_type":"bearer","refresh_token":"\(token)","scope":"read write",
                "expires_in":1800,"refresh_token_expires_in":604800}
                """)
            gateway.clock.advance(by: 172_800 - 60)
            for _ in 0..<3 {
                await #expect(throws: LeaseRefusal.minimumTooLong(longest: 1_740)) {
                    try await Self.handOut(gateway, connection, minimum: 3_600)
                }
            }
            #expect(gateway.tokenCalls == 1)
            #expect(try await Self.handOut(gateway, connection, minimum: 1_740).lease.generation == 2)
        }
    }

    @Test func `while preflight fails nothing is handed out, unless the caller says it knows`() async throws {
        try await withGateway { gateway in
            let connection = try await gateway.connect("fenced")
            gateway.standIn.update("fenced") { $0.switches.ipRestrictionEnabled = true }
            _ = try await gateway.diagnostics.run(connection, actor: .system)
            await #expect(throws: LeaseRefusal.preflightFailing) { try await Self.handOut(gateway, connection) }
            _ = try await Self.handOut(gateway, connection, failing: true)
        }
    }

    @Test func `only the holder gives a lease back, once or twice alike, with one entry`() async throws {
        try await withGateway { gateway in
            let connection = try await gateway.connect()
            let handed = try await Self.handOut(gateway, connection)
            let stranger = APIKeyID(random: SystemRandomSource())
            #expect(try await gateway.leases.release(handed.lease.id, by: stranger) == false)
            #expect(try await gateway.store.openLeases(of: connection.id, at: gateway.clock.now).count == 1)
            for _ in 0..<2 { #expect(try await gateway.leases.release(handed.lease.id, by: Self.holder)) }
            #expect(try await gateway.store.openLeases(of: connection.id, at: gateway.clock.now).isEmpty)
            #expect(try await gateway.audit.count { $0.event.action == .leaseReleased } == 1)
        }
    }

    @Test func `waiting ends when the token is replaced, when the connection ends, and when the time is over`()
        async throws
    {
        try await withGateway { gateway in
            let connection = try await gateway.connect()
            let watch = GenerationWatch(store: gateway.store)
            let unchanged = try await watch.connection(
                connection.id, above: 1, waiting: .milliseconds(20), for: Self.holder)
            #expect(unchanged?.generation == 1)
            async let waiting = watch.connection(connection.id, above: 1, waiting: .seconds(30), for: Self.holder)
            while watch.count == 0 { await Task.yield() }
            try await gateway.connect(reauthorizing: connection.id)
            watch.announce(connection.id)
            #expect(try await waiting?.generation == 2)
            _ = try await gateway.disconnect.run(connection, actor: .system)
            let ended = try await watch.connection(connection.id, above: 99, waiting: .seconds(30), for: Self.holder)
            #expect(ended?.status == .disconnected)
            #expect(watch.count == 0)
        }
    }

    @Test func `one key cannot take every place of those who wait`() async throws {
        try await withGateway { gateway in
            let connection = try await gateway.connect()
            let watch = GenerationWatch(store: gateway.store)
            let refusals = await withTaskGroup(of: WatchRefusal?.self) { group in
                for _ in 0..<80 {
                    group.addTask {
                        do {
                            _ = try await watch.connection(
                                connection.id, above: 1, waiting: .milliseconds(900), for: Self.holder)
                            return nil
                        } catch { return error as? WatchRefusal }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(refusals.count { $0 == .tooManyOfKey } >= 1)
            #expect(refusals.count { $0 == nil } >= 64)
            #expect(watch.count == 0)
        }
    }
}
