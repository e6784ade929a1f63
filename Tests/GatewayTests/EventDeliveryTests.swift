import Foundation
import Gateway
import GatewayCore
import HTTPTypes
import OAuth
import Storage
import TestSupport
import Testing

@Suite("Events for receivers") struct EventDeliveryTests {
    @Test("a receiver is told what happened after it was made, in the log's order and once")
    func order() async throws {
        let world = try await EventWorld()
        let before = try await world.connect("before")
        _ = try await world.endpoint()
        let connection = try await world.connect()
        for action in [AuditAction.handedToSync, .tokensRefreshed, .connectionDisconnected] {
            try await world.note(action, connection)
        }
        try await world.note(.accessTokenHandedOut, before)
        try await world.deliver()
        try await world.deliver()
        #expect(
            world.receiver.deliveries.map(\.type) == [
                "connection.connected", "connection.ready_for_sync", "connection.refreshed",
                "connection.disconnected",
            ])
    }

    @Test("every audit action that is an event has its type, and no other has one")
    func types() throws {
        let world = AuditAction.allCases.map { action in
            (
                action,
                [AuditOutcome.succeeded, .failed(code: "x.y")].map {
                    EventType(AuditEvent(at: .now, actor: .system, action: action, outcome: $0))
                }
            )
        }
        let told = world.filter { $0.1.contains { $0 != nil } }
        #expect(Set(told.flatMap { $0.1.compactMap { $0 } }) == Set(EventType.allCases))
        let byAction = Dictionary(uniqueKeysWithValues: world)
        #expect(byAction[.preflightVerdictChanged] == [.verdictChanged, .preflightFailing])
        #expect(byAction[.tokensRefreshed] == [.refreshed, nil], "a refresh that failed is no refresh")
        #expect(byAction[.connectionNeedsReauthorization] == [.needsReauthorization, .needsReauthorization])
        #expect(byAction[.dataKeyPromoted] == [.keyRotated, nil])
        for quiet in [AuditAction.accessTokenHandedOut, .signedIn, .apiKeyCreated, .callProxied, .revocationSettled] {
            #expect(byAction[quiet] == [nil, nil], "\(quiet)")
        }
    }

    @Test("the payload names connection, tenant, organization, generation, reason and entry, and no person")
    func payload() async throws {
        let world = try await EventWorld()
        _ = try await world.endpoint()
        let connection = try await world.connect()
        try await world.note(.connectionNeedsReauthorization, connection, outcome: .failed(code: "grant.revoked"))
        try await world.deliver()
        let told = try #require(world.receiver.deliveries.last)
        let index = try await world.store.lastAuditIndex()
        #expect(told.data["connection_id"] as? String == connection.id.text)
        #expect(told.data["tenant"] as? String == "default" && told.data["organization"] as? String == "acme")
        #expect(told.data["generation"] as? Int == 1 && told.data["reason"] as? String == "grant.revoked")
        #expect(told.data["audit_index"] as? Int64 == index && told.header("webhook-id") == "evt_\(index)")
        #expect(told.json["timestamp"] as? String == world.clock.now.formatted(.iso8601))
        #expect(
            Set(told.data.keys) == [
                "connection_id", "tenant", "organization", "generation", "reason", "audit_index",
            ])
        for delivery in world.receiver.deliveries {
            let text = String(decoding: delivery.body, as: UTF8.self)
            #expect(!text.contains("Ada") && !text.contains("canary"))
        }
    }

    @Test("an event keeps its id over failures, restarts and receivers")
    func stableID() async throws {
        let world = try await EventWorld()
        _ = try await world.endpoint()
        _ = try await world.endpoint(url: "https://hooks.example/b")
        try await world.connect()
        world.receiver.answer { _ throws(TransportFailure) in OutboundResponse(status: .internalServerError) }
        try await world.deliver()
        world.clock.advance(by: 60)
        world.receiver.answer(nil)
        try await world.deliver()
        #expect(world.receiver.deliveries.count == 4)
        #expect(Set(world.receiver.deliveries.map { $0.header("webhook-id") }).count == 1)
        #expect(Set(world.receiver.deliveries.map(\.body)).count == 1)
        let times = world.receiver.deliveries.map { $0.header("webhook-timestamp") }
        #expect(times[3] != times[0], "the attempt's own time, or receivers would refuse it as old")
    }

    @Test("what a receiver does not take is tried again with back-off, in order, and nothing is skipped")
    func backOff() async throws {
        let world = try await EventWorld()
        let (id, _) = try await world.endpoint()
        let connection = try await world.connect()
        try await world.note(.handedToSync, connection)
        world.receiver.answer { _ throws(TransportFailure) in throw .connectionRefused }
        var delays: [TimeInterval] = []
        for _ in 0..<14 {
            try await world.deliver()
            let progress = try #require(try await world.store.webhookProgress().first)
            let delay = try #require(progress.nextAttemptAt).timeIntervalSince(world.clock.now)
            delays.append(delay)
            #expect(progress.lastCode == "transport.connection_refused" && progress.name == id.text)
            try await world.deliver()
            world.clock.advance(by: delay)
        }
        #expect(world.receiver.deliveries.count == 14, "one try for each time it was due, and only of the first event")
        #expect(Set(world.receiver.deliveries.map(\.type)) == ["connection.connected"])
        for (delay, least) in zip(delays, [5.0, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600, 3600]) {
            #expect(delay >= least - 0.01 && delay <= least * 1.1 + 0.01)
        }
        world.receiver.answer(nil)
        world.receiver.forget()
        try await world.deliver()
        #expect(world.receiver.deliveries.map(\.type) == ["connection.connected", "connection.ready_for_sync"])
        #expect(try await world.store.webhookProgress().first?.failingSince == nil)
    }

    @Test("a repeated event says what it said the first time, whatever became of the connection meanwhile")
    func sameContent() async throws {
        let world = try await EventWorld()
        _ = try await world.endpoint()
        var connection = try await world.connect()
        world.clock.advance(by: 76 * 86_400)
        let watch = ExpiryWatch(
            store: world.store, lifetimes: TokenLifetimes(access: 172_800, refresh: 7_776_000),
            metrics: world.metrics, clock: world.clock)
        try await watch.look()
        // It arrives, and its answer does not.
        world.receiver.answer { delivery throws(TransportFailure) in
            if delivery.type == "connection.expiring_soon" { throw .timedOut }
            return OutboundResponse(status: .ok)
        }
        try await world.deliver()
        connection.generation = 2
        connection.refreshTokenExpiresAt = world.clock.now.addingTimeInterval(7_776_000)
        try await world.store.saveConnected(
            connection,
            credential: SealedCredential(
                connection: connection.id, generation: 2, accessToken: [1], refreshToken: [2], keyID: "dk_1"),
            replacing: 1, audit: [])
        world.clock.advance(by: 60)
        world.receiver.answer(nil)
        try await world.deliver()
        let warned = world.receiver.deliveries.filter { $0.type == "connection.expiring_soon" }
        #expect(warned.count == 2 && Set(warned.map(\.body)).count == 1)
        #expect(warned.first?.data["expires_at"] != nil)
    }

    @Test("a receiver that asks for time gets it")
    func retryAfter() async throws {
        let world = try await EventWorld()
        _ = try await world.endpoint()
        try await world.connect()
        world.receiver.answer { _ throws(TransportFailure) in
            OutboundResponse(status: .tooManyRequests, headerFields: [.retryAfter: "600"])
        }
        try await world.deliver()
        let next = try #require(try await world.store.webhookProgress().first?.nextAttemptAt)
        #expect(next.timeIntervalSince(world.clock.now) >= 600)
    }

    @Test("a receiver that fails holds up no other")
    func bulkhead() async throws {
        let world = try await EventWorld()
        _ = try await world.endpoint(url: "https://down.example/")
        _ = try await world.endpoint(url: "https://well.example/")
        let connection = try await world.connect()
        try await world.note(.handedToSync, connection)
        world.receiver.answer { delivery throws(TransportFailure) in
            if delivery.url.host == "down.example" { throw .timedOut }
            return OutboundResponse(status: .ok)
        }
        try await world.deliver()
        #expect(world.receiver.deliveries.filter { $0.url.host == "well.example" }.count == 2)
    }

    @Test("a tenant's receiver hears nothing of other tenants; the one of the settings hears of all and of keys")
    func tenants() async throws {
        let world = try await EventWorld()
        let other = try #require(TenantID("globex"))
        _ = try await world.endpoint(tenant: other, url: "https://globex.example/")
        let secret = WebhookSecret(random: SystemRandomSource())
        let configured = EventDelivery.Receiver(
            name: EventDelivery.configuredName, url: try #require(WebhookURL("https://all.example/")),
            secrets: [secret], tenant: nil)
        try await world.deliver(configured)
        let mine = try await world.connect()
        let theirs = try await world.connect("globex", tenant: other)
        try await world.store.append([
            AuditEvent(at: world.clock.now, actor: .system, action: .dataKeyPromoted, subject: "dk_2; reason: INC-7")
        ])
        try await world.deliver(configured)
        func told(_ host: String) -> [String?] {
            world.receiver.deliveries.filter { $0.url.host == host }.map { $0.data["connection_id"] as? String }
        }
        #expect(told("globex.example") == [theirs.id.text])
        #expect(told("all.example") == [mine.id.text, theirs.id.text, nil])
        let last = world.receiver.deliveries.last { $0.url.host == "all.example" }
        #expect(last?.data["key_id"] as? String == "dk_2", "why it was rotated is for the audit log alone")
    }

    @Test("a receiver that fails for five days, or is gone, is given up visibly, and a replay takes it up again")
    func givenUp() async throws {
        let world = try await EventWorld()
        let (id, _) = try await world.endpoint()
        try await world.connect()
        world.receiver.answer { _ throws(TransportFailure) in throw .timedOut }
        for _ in 0..<8 {
            try await world.deliver()
            world.clock.advance(by: 86_400)
        }
        let progress = try #require(try await world.store.webhookProgress().first)
        #expect(progress.disabledAt != nil && world.receiver.deliveries.count == 7)
        let disabled = try await world.store.auditEntries(after: 0, limit: 100).last?.event
        #expect(disabled?.action == .webhookEndpointDisabled && disabled?.subject == id.text)
        world.receiver.answer(nil)
        world.receiver.forget()
        try await world.deliver()
        #expect(world.receiver.deliveries.isEmpty)
        try await world.endpoints.replay(id.text, from: 1, actor: .commandLine)
        try await world.deliver()
        #expect(world.receiver.deliveries.map(\.type) == ["connection.connected"])
        world.receiver.answer { _ throws(TransportFailure) in OutboundResponse(status: .gone) }
        try await world.connect("second")
        try await world.deliver()
        #expect(try await world.store.webhookProgress().first?.disabledAt != nil, "410 means for good")
    }

    @Test("a replay tells everything from an entry on, with the ids it had")
    func replay() async throws {
        let world = try await EventWorld()
        let (id, _) = try await world.endpoint()
        let connection = try await world.connect()
        try await world.note(.handedToSync, connection)
        let delivery = world.delivery()
        let receiver = try #require(try await delivery.receivers().first)
        try await delivery.deliver(to: receiver)
        let first = world.receiver.deliveries.map { $0.header("webhook-id") }
        world.receiver.forget()
        try await world.endpoints.replay(id.text, from: 1, actor: .commandLine)
        // The same process, which remembers how far it had looked.
        try await delivery.deliver(to: receiver)
        #expect(world.receiver.deliveries.map { $0.header("webhook-id") } == first && first.count == 2)
        await #expect(throws: WebhookRefusal.noSuchEntry) {
            try await world.endpoints.replay(id.text, from: 1_000, actor: .commandLine)
        }
        await #expect(throws: WebhookRefusal.unknown) {
            try await world.endpoints.replay("settings", from: 1, actor: .commandLine)
        }
    }

    @Test("two processes at once may repeat an event, and neither skips one or moves the place back")
    func twoProcesses() async throws {
        let world = try await EventWorld()
        _ = try await world.endpoint()
        let connection = try await world.connect()
        for _ in 0..<40 { try await world.note(.tokensRefreshed, connection) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<2 { group.addTask { try await world.deliver() } }
            try await group.waitForAll()
        }
        try await world.deliver()
        let ids = world.receiver.deliveries.map { $0.header("webhook-id") }
        #expect(Set(ids).count == 41)
        #expect(try await world.store.webhookProgress().first?.cursor == world.store.lastAuditIndex())
    }

    @Test("a long log without events is looked through once and the place written down")
    func longLog() async throws {
        let world = try await EventWorld()
        _ = try await world.endpoint()
        let connection = try await world.connect()
        let quiet = (0..<12_000).map { _ in world.event(.accessTokenHandedOut, connection) }
        try await world.store.append(quiet)
        try await world.note(.tokensRefreshed, connection)
        try await world.deliver()
        #expect(world.receiver.deliveries.map(\.type) == ["connection.connected", "connection.refreshed"])
        try await world.store.append(quiet)
        try await world.deliver()
        let (cursor, last) = (
            try await world.store.webhookProgress().first?.cursor, try await world.store.lastAuditIndex()
        )
        #expect(cursor == last)
    }

    @Test("of the receivers of one tenant there are ten at most")
    func limit() async throws {
        let world = try await EventWorld()
        for _ in 0..<10 { _ = try await world.endpoint() }
        await #expect(throws: WebhookRefusal.tooMany) { _ = try await world.endpoint() }
        _ = try await world.endpoint(tenant: try #require(TenantID("globex")))
    }

    @Test("a secret is sealed in its own place and gone with its receiver")
    func sealed() async throws {
        let world = try await EventWorld()
        let (id, secret) = try await world.endpoint()
        let row = try #require(try await world.store.webhookEndpoints().first)
        #expect(!String(decoding: row.secret, as: UTF8.self).contains(secret.dropFirst(6)))
        #expect(try await world.store.recordCounts() == ["dk-1": 1])
        try await world.endpoints.remove(id, actor: .commandLine)
        #expect(try await world.store.recordCounts().isEmpty)
        #expect(try await world.store.webhookProgress().isEmpty)
    }

    @Test("a receiver that is removed while it is told hears no more and leaves no place behind")
    func removedMeanwhile() async throws {
        let world = try await EventWorld()
        let (id, _) = try await world.endpoint()
        let connection = try await world.connect()
        for _ in 0..<3 { try await world.note(.tokensRefreshed, connection) }
        world.receiver.answer { _ throws(TransportFailure) in
            try? await world.endpoints.remove(id, actor: .commandLine)
            return OutboundResponse(status: .noContent)
        }
        let delivery = world.delivery()
        let receiver = try #require(try await delivery.receivers().first)
        try await delivery.deliver(to: receiver)
        #expect(world.receiver.deliveries.count == 1)
        #expect(try await world.store.webhookProgress().isEmpty)
        // A process that still knows it finds nothing to tell.
        try await world.delivery().deliver(to: receiver)
        #expect(world.receiver.deliveries.count == 1)
        #expect(try await world.store.webhookProgress().isEmpty)
    }
}
