import Foundation
import Gateway
import GatewayCore
import OAuth
import Storage
import TestSupport
import Testing

@Suite("Warning before the end") struct ExpiryWatchTests {
    private static let day: TimeInterval = 86_400

    @Test("a refresh token of 90 days is warned of with 30, 14, 7, 3 and 1 days left, once each")
    func countdown() async throws {
        let world = try await EventWorld()
        try await world.connect()
        let watch = self.watch(world)
        var warnedWith: [Int] = []
        for hour in 0..<(90 * 24) {
            let before = try await warnings(world)
            for _ in 0..<(hour % 24 == 0 ? 2 : 0) { try await watch.look() }
            if try await warnings(world) > before { warnedWith.append(90 - hour / 24) }
            world.clock.advance(by: 3600)
        }
        #expect(warnedWith == [30, 14, 7, 3, 1])
    }

    @Test("of several thresholds passed at once the nearest is told, and the wider ones never afterwards")
    func skipped() async throws {
        let world = try await EventWorld()
        try await world.connect()
        world.clock.advance(by: 85 * Self.day)
        for _ in 0..<3 { try await watch(world).look() }
        #expect(try await warnings(world) == 1)
    }

    @Test("a renewal begins the countdown anew")
    func renewed() async throws {
        let world = try await EventWorld()
        var connection = try await world.connect()
        world.clock.advance(by: 61 * Self.day)
        try await watch(world).look()
        #expect(try await warnings(world) == 1)
        connection.generation = 2
        connection.refreshTokenExpiresAt = world.clock.now.addingTimeInterval(90 * Self.day)
        try await world.store.saveConnected(
            connection,
            credential: SealedCredential(
                connection: connection.id, generation: 2, accessToken: [1], refreshToken: [2], keyID: "dk_1"),
            replacing: 1, audit: [])
        try await watch(world).look()
        #expect(try await warnings(world) == 1)
        world.clock.advance(by: 61 * Self.day)
        try await watch(world).look()
        #expect(try await warnings(world) == 2)
    }

    @Test("a connection without a refresh token is warned of by its access token's end, in parts of its life")
    func notRenewable() async throws {
        let world = try await EventWorld()
        let connection = try await world.connect()
        var bare = connection
        bare.generation = 2
        bare.refreshTokenExpiresAt = nil
        try await world.store.saveConnected(
            bare,
            credential: SealedCredential(
                connection: bare.id, generation: 2, accessToken: [1], refreshToken: nil, keyID: "dk_1"),
            replacing: 1, audit: [])
        var warnedWith: [TimeInterval] = []
        for hour in 0..<48 {
            let before = try await warnings(world)
            try await watch(world).look()
            if try await warnings(world) > before { warnedWith.append(TimeInterval(48 - hour)) }
            world.clock.advance(by: 3600)
        }
        #expect(warnedWith == [16, 8, 4])
    }

    @Test("RT-45: who is granted less than he asked for is warned by what he was granted, and not from the first day")
    func grantedLess() async throws {
        let world = try await EventWorld()
        var connection = try await world.connect()
        func warnedWith(refreshLives days: Double?, accessLives hours: Double) async throws -> [Int] {
            connection.generation += 1
            connection.updatedAt = world.clock.now
            connection.accessTokenExpiresAt = world.clock.now.addingTimeInterval(hours * 3600)
            connection.refreshTokenExpiresAt = days.map { world.clock.now.addingTimeInterval($0 * Self.day) }
            try await world.store.saveConnected(
                connection,
                credential: SealedCredential(
                    connection: connection.id, generation: connection.generation, accessToken: [1],
                    refreshToken: days == nil ? nil : [2], keyID: "dk_1"),
                replacing: connection.generation - 1, audit: [])
            var warned: [Int] = []
            let steps = 240
            let step = (days.map { $0 * Self.day } ?? hours * 3600) / Double(steps)
            for number in 0..<steps {
                let before = try await warnings(world)
                try await watch(world).look()
                if try await warnings(world) > before { warned.append(steps - number) }
                world.clock.advance(by: step)
            }
            return warned
        }
        let month = try await warnedWith(refreshLives: 30, accessLives: 48)
        #expect(month == [56, 24, 8], "7, 3 and 1 of 30 days")
        let halfHour = try await warnedWith(refreshLives: nil, accessLives: 0.5)
        #expect(halfHour == [80, 40, 20], "a third, a sixth and a twelfth of it")
        // Granted again and again without more life, and nearly over: that is no new token's young age.
        let unmoved = try await warnedWith(refreshLives: 1, accessLives: 48)
        #expect(unmoved.first == 240)
    }

    @Test("the event names the day, goes to receivers, and an ended connection is warned of no more")
    func event() async throws {
        let world = try await EventWorld()
        _ = try await world.endpoint()
        let connection = try await world.connect()
        world.clock.advance(by: 76 * Self.day)
        try await watch(world).look()
        try await world.deliver()
        let told = try #require(world.receiver.deliveries.last)
        #expect(told.type == "connection.expiring_soon")
        #expect(told.data["expires_at"] as? String == connection.refreshTokenExpiresAt?.formatted(.iso8601))
        try await world.store.eraseCredential(
            of: connection.id, at: world.clock.now, audit: world.event(.connectionDisconnected, connection))
        world.clock.advance(by: 8 * Self.day)
        try await watch(world).look()
        #expect(try await warnings(world) == 1)
    }

    @Test("more connections than one page holds are all warned of")
    func manyPages() async throws {
        let world = try await EventWorld()
        for number in 0..<450 { try await world.connect("org\(number)") }
        world.clock.advance(by: 61 * Self.day)
        try await watch(world).look()
        #expect(try await warnings(world) == 450)
    }

    @Test("the figures tell connections by status and the nearest end, and name nobody")
    func figures() async throws {
        let world = try await EventWorld()
        let connection = try await world.connect("canary")
        try await world.connect("second")
        try await world.store.setStatus(
            .needsReauthorization, reason: "grant.revoked", of: connection.id, generation: 1, at: world.clock.now,
            audit: world.event(.connectionNeedsReauthorization, connection))
        try await watch(world).look()
        let text = world.metrics.text()
        #expect(text.contains(#"latchkey_connections{status="active"} 1"#))
        #expect(text.contains(#"latchkey_connections{status="needs_reauthorization"} 1"#))
        #expect(text.contains(#"latchkey_connections{status="in_doubt"} 0"#))
        #expect(text.contains("latchkey_nearest_horizon_seconds 7776000"))
        #expect(!text.contains("canary") && !text.contains("con_") && !text.contains("default"))
    }

    private func watch(_ world: EventWorld) -> ExpiryWatch {
        ExpiryWatch(
            store: world.store, lifetimes: TokenLifetimes(access: 172_800, refresh: 7_776_000),
            metrics: world.metrics, clock: world.clock)
    }

    private func warnings(_ world: EventWorld) async throws -> Int {
        try await world.store.auditEntries(
            after: 0, actions: [.connectionExpiringSoon], tenant: nil, limit: 10_000
        ).entries.count
    }
}
