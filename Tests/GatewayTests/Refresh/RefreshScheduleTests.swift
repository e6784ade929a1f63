import Foundation
import GRDB
import GatewayCore
import HTTPTypes
import OAuth
import Storage
import Synchronization
import TestSupport
import Testing
import ZendeskEmulator

@testable import Gateway
@testable import StorageSQLite

@Suite("Refresh schedule") struct RefreshScheduleTests {
    private static let start = Date(timeIntervalSince1970: 1_790_000_000)

    @Test(
        "RT-24: whatever is known of the ends, half of either life is never passed",
        arguments: [TimeInterval?.none, 300, 172_800],
        [TimeInterval?.none, 20_000, 604_800, 7_776_000])
    func half(access: TimeInterval?, refresh: TimeInterval?) {
        for _ in 0..<200 {
            let due = RefreshTimes().due(
                obtainedAt: Self.start, accessEndsAt: access.map { Self.start.addingTimeInterval($0) },
                refreshEndsAt: refresh.map { Self.start.addingTimeInterval($0) }, random: SystemRandomSource())
            let age = due.timeIntervalSince(Self.start)
            #expect(age <= min(access ?? .infinity, refresh ?? 604_800) / 2 && age > 0)
        }
    }

    @Test("RT-24: a connection that nobody uses for a hundred days is renewed all the time and never near its end")
    func idle() async throws {
        try await withRefresh { gateway, connection async throws in
            var oldest: TimeInterval = 0
            for _ in 0..<400 {
                gateway.clock.advance(by: 21_600)
                let before = try await gateway.now(connection.id)
                try await gateway.runSchedule()
                if try await gateway.now(connection.id).generation > before.generation {
                    oldest = max(oldest, gateway.clock.now.timeIntervalSince(before.updatedAt))
                }
            }
            let told = try await gateway.now(connection.id)
            #expect(told.status == .active && told.generation > 70)
            #expect(oldest <= 86_400 + 21_600, "half of the access token's life, found at the next look")
        }
    }

    @Test("RT-24: where the service was down for longer than the refresh token lives the state says so")
    func tooLate() async throws {
        try await withRefresh { gateway, connection async throws in
            gateway.clock.advance(by: 91 * 86_400)
            try await gateway.runSchedule()
            let told = try await gateway.now(connection.id)
            #expect(told.status == .needsReauthorization && told.statusReason == "refresh_token.expired")
            #expect(gateway.tokenCalls == 0)
        }
    }

    @Test(
        "RT-29: ten thousand that were connected in the same minute come due spread out, at no time much more than on average"
    )
    func herd() {
        let random = CountedRandom()
        let ages = (0..<10_000).map { _ in
            RefreshTimes().due(
                obtainedAt: Self.start, accessEndsAt: Self.start.addingTimeInterval(172_800),
                refreshEndsAt: Self.start.addingTimeInterval(7_776_000), random: random
            ).timeIntervalSince(Self.start)
        }
        let (first, last) = (172_800 * 0.35, 172_800 * 0.5)
        #expect(ages.allSatisfy { (first...last).contains($0) })
        let width = (last - first) / 24
        let counts = (0..<24).map { index in
            ages.count { (first + Double(index) * width..<first + Double(index + 1) * width).contains($0) }
        }
        #expect((counts.max() ?? 0) <= 10_000 / 24 * 12 / 10, "\(counts)")
    }

    @Test("RT-29: what is connected is planned at its own moment before anything is due")
    func plannedFromTheStart() async throws {
        try await withRefresh { gateway, _ async throws in
            let connections = try await gateway.connectMore((0..<20).map { "org\($0)" })
            try await gateway.runSchedule()
            var dates: Set<Date> = []
            for connection in connections {
                let due = try #require(try await gateway.schedule(of: connection.id).due)
                let age = due.timeIntervalSince(gateway.clock.now)
                #expect((172_800 * 0.35...172_800 * 0.5).contains(age))
                dates.insert(due)
            }
            #expect(dates.count == connections.count && gateway.transport.calls.isEmpty)
        }
    }

    @Test(
        "RT-29: a herd that is due together passes with the concurrency that is allowed and no more, and none is left")
    func herdPasses() async throws {
        try await withRefresh { gateway, _ async throws in
            let connections = try await gateway.connectMore((0..<60).map { "org\($0)" })
            try await gateway.runSchedule()
            gateway.clock.advance(by: 86_401)
            let (stall, inside) = (Stall(), Count())
            gateway.transport.before { request throws(TransportFailure) in
                guard request.path == "/oauth/tokens" else { return nil }
                inside.grow()
                await stall.wait()
                return nil
            }
            var limits = RefreshLimits()
            limits.atOnce = 8
            let scheduler = RefreshScheduler(gateway.refresher, limits: limits)
            let running = Task { while try await scheduler.runOnce() > 0 {} }
            try await gateway.eventually("eight are under way") { inside.value >= 8 }
            // Time enough for a ninth, had it been let in.
            try await Task.sleep(for: .milliseconds(100))
            #expect(inside.value == 8)
            stall.letGo()
            try await running.value
            for connection in connections { #expect(try await gateway.now(connection.id).generation == 2) }
        }
    }

    @Test(
        "RT-30: after a restart with everything expired whoever waits for a token is served before the schedule's line")
    func demandFirst() async throws {
        try await withRefresh { gateway, connection async throws in
            let others = try await gateway.connectMore((0..<50).map { "org\($0)" })
            gateway.clock.advance(by: 172_801)
            // Not in the schedule's line itself.
            let later = gateway.clock.now.addingTimeInterval(3_600)
            try await gateway.store.planRefreshes([RefreshPlan(connection: connection.id, generation: 1, due: later)])
            let (stall, inside) = (Stall(), Count())
            gateway.transport.before { request throws(TransportFailure) in
                guard request.path == "/oauth/tokens", request.organization.subdomain != "acme" else { return nil }
                inside.grow()
                await stall.wait()
                return nil
            }
            let schedule = Task { try await gateway.runSchedule() }
            try await gateway.eventually("the schedule's line is full") { inside.value == RefreshLimits().atOnce }
            let broker = gateway.broker
            let served = Task { try await broker.accessToken(for: connection.id).generation }
            try await gateway.eventually("served although the schedule's line stands") {
                try await gateway.now(connection.id).generation == 2
            }
            stall.letGo()
            #expect(try await served.value == 2)
            _ = try await schedule.value
            for other in others { #expect(try await gateway.now(other.id).generation == 2) }
        }
    }

    @Test("RT-32: one organization that hangs every call of all its tenants holds its own places, and all others pass")
    func bulkhead() async throws {
        try await withRefresh { gateway, connection async throws in
            let others = try await gateway.connectMore((0..<50).map { "org\($0)" })
            let hanging = try await gateway.crowd(36, at: "acme")
            try await gateway.runSchedule()
            gateway.clock.advance(by: 86_401)
            let stall = gateway.stallTokens(of: "acme")
            let schedule = Task { try await gateway.runSchedule() }
            try await gateway.eventually("all others are through") {
                for other in others where try await gateway.now(other.id).generation != 2 { return false }
                return true
            }
            #expect(try await gateway.now(connection.id).generation == 1)
            stall.letGo()
            _ = try await schedule.value
            // Whoever found no place in line comes when his claim ends.
            for _ in 0..<5 {
                gateway.clock.advance(by: 31)
                try await gateway.runSchedule()
            }
            for left in hanging + [connection] { #expect(try await gateway.now(left.id).generation == 2) }
        }
    }

    @Test("RT-32: however many wait for tokens of an organization that hangs, who waits for another's is served")
    func demandBulkhead() async throws {
        try await withRefresh { gateway, _ async throws in
            let other = try await gateway.connectMore(["noguide"])[0]
            let hanging = try await gateway.crowd(70, at: "acme")
            gateway.clock.advance(by: 172_801)
            let stall = gateway.stallTokens(of: "acme")
            let broker = gateway.broker
            let waiting = hanging.map { hung in Task { try await broker.accessToken(for: hung.id).generation } }
            await stall.untilReached()
            try await gateway.eventually("all of them wait") { await gateway.refresher.flightsNow == hanging.count }
            let served = Task { try await broker.accessToken(for: other.id).generation }
            try await gateway.eventually("the other one is served") {
                try await gateway.now(other.id).generation == 2
            }
            stall.letGo()
            #expect(try await served.value == 2)
            for task in waiting { #expect(try await task.value == 2) }
        }
    }

    @Test("RT-32: a hundred waiters of one organization leave room in the line, and two at once is all they get")
    func crowdedGate() async {
        let gate = RefreshGate(total: 32, each: 2)
        let inside = Crowd()
        await withTaskGroup(of: Void.self) { group in
            for index in 0..<100 {
                group.addTask {
                    await gate.enter("hanging")
                    await inside.pass()
                    gate.leave("hanging")
                }
                group.addTask {
                    await gate.enter("org\(index)")
                    gate.leave("org\(index)")
                }
            }
            await group.waitForAll()
        }
        #expect(inside.largest == 2 && gate.waiting == 0 && !gate.isCrowded("hanging"))
    }

    @Test("RT-43: an answer that repeats the refresh token is kept and flagged")
    func sameToken() async throws {
        try await withRefresh { gateway, connection async throws in
            let token = try #require(try await gateway.refreshToken(of: connection))
            gateway.answerTokens(200, Self.answer(access: "access-2", refresh: token))
            #expect(try await gateway.forced(connection.id) == .current)
            #expect(try await gateway.store.lastRefresh(of: connection.id)?.outcome == "renewed.same_refresh_token")
            #expect(try await gateway.now(connection.id).generation == 2)
            #expect(try await gateway.refreshToken(of: try await gateway.now(connection.id)) == token)
        }
    }

    @Test("RT-44: a refresh token with a shorter life than expected is renewed by its own half")
    func shorter() async throws {
        try await withRefresh { gateway, connection async throws in
            let token = try #require(try await gateway.refreshToken(of: connection))
            gateway.answerTokens(200, Self.answer(access: "access-2", refresh: token, refreshLives: 20_000))
            _ = try await gateway.forced(connection.id)
            let due = try #require(try await gateway.schedule(of: connection.id).due)
            #expect((7_000...10_000).contains(due.timeIntervalSince(gateway.clock.now)))
            gateway.clock.advance(by: 10_001)
            try await gateway.runSchedule()
            #expect(try await gateway.now(connection.id).generation == 3)
        }
    }

    @Test("RT-45: with five minutes and seven days everything works as with two days and ninety")
    func shortest() async throws {
        try await withRefresh { gateway, connection async throws in
            let node = gateway.node(lifetimes: OAuth.TokenLifetimes(access: 300, refresh: 604_800))
            _ = try await gateway.forced(connection.id, by: node)
            var generation: UInt64 = 2
            for _ in 0..<50 {
                let told = try await gateway.now(connection.id)
                #expect(told.generation == generation)
                #expect(told.accessTokenExpiresAt == told.updatedAt.addingTimeInterval(300))
                #expect(told.refreshTokenExpiresAt == told.updatedAt.addingTimeInterval(604_800))
                let due = try #require(try await gateway.schedule(of: connection.id).due)
                #expect((105...150).contains(due.timeIntervalSince(gateway.clock.now)))
                gateway.clock.advance(by: due.timeIntervalSince(gateway.clock.now) + 1)
                try await gateway.runSchedule(node)
                generation += 1
            }
            #expect(gateway.tokenCalls == 51)
        }
    }

    @Test(
        "RT-45: who asks for a longer life than Zendesk grants makes it rotate once at most, and hears what is possible"
    )
    func outOfReach() async throws {
        try await withRefresh { gateway, connection async throws in
            let node = gateway.node(lifetimes: OAuth.TokenLifetimes(access: 1_800, refresh: 604_800))
            let broker = gateway.broker(of: node)
            _ = try await gateway.forced(connection.id, by: node)
            for _ in 0..<3 {
                await #expect(throws: LeaseRefusal.minimumTooLong(longest: 1_740)) {
                    try await broker.accessToken(for: connection.id, minimumLifetime: 3_600)
                }
                gateway.clock.advance(by: 300)
            }
            #expect(gateway.tokenCalls == 1, "who holds the token keeps it")
            #expect(try await broker.accessToken(for: connection.id, minimumLifetime: 1_740).generation == 3)
            gateway.clock.advance(by: 1_800)
            let token = try await broker.accessToken(for: connection.id, minimumLifetime: 3_600)
            #expect(token.generation == 4, "what has run out is renewed, whatever comes of it")
            await #expect(throws: LeaseRefusal.minimumTooLong(longest: 1_740)) {
                try await broker.accessToken(for: connection.id, minimumLifetime: 3_600)
            }
            #expect(gateway.tokenCalls == 3)
        }
    }

    @Test("RT-45: who asks for little beside somebody who asks for too much gets his token")
    func besideOutOfReach() async throws {
        try await withRefresh { gateway, connection async throws in
            let looking = Stall()
            gateway.store.before(.refreshState) { await looking.wait() }
            let node = gateway.refresher
            gateway.clock.advance(by: 172_800 - 300)
            let greedy = Task { try await node.refresh(connection.id, .token(minimumLifetime: 500_000)) }
            await looking.untilReached()
            let modest = Task { try await node.refresh(connection.id, .token(minimumLifetime: 600)) }
            for _ in 0..<100 { await Task.yield() }
            looking.letGo()
            #expect(try await greedy.value == .outOfReach(longest: 172_740))
            #expect(try await modest.value == .current)
            #expect(try await gateway.now(connection.id).generation == 2)
        }
    }

    @Test("RT-46: thousands of cycles of one connection leave no drift, no row and no descriptor behind")
    func cycles() async throws {
        let isLong = ProcessInfo.processInfo.environment["LATCHKEY_LONG_TESTS"] == "1"
        let count = isLong ? 100_000 : 2_000
        try await withRefresh { gateway, connection async throws in
            let descriptors = try Self.descriptors()
            var rows: [String: Int] = [:]
            for cycle in 0..<count {
                if cycle == 3 { rows = try await Self.rows(gateway) }
                let due = try #require(try await gateway.schedule(of: connection.id).due)
                gateway.clock.advance(by: max(1, due.timeIntervalSince(gateway.clock.now) + 1))
                try await gateway.runSchedule()
                gateway.transport.forget()
            }
            let told = try await gateway.now(connection.id)
            // The first look only plans.
            #expect(told.generation == UInt64(count))
            let schedule = try await gateway.schedule(of: connection.id)
            let due = try #require(schedule.due).timeIntervalSince(told.updatedAt)
            #expect((172_800 * 0.35...172_800 * 0.5).contains(due) && schedule.failures == 0)
            #expect(try await gateway.store.dueRefreshCount(at: .distantFuture) == 1)
            let left = try await Self.rows(gateway)
            #expect(left == rows, "no row is left behind")
            #expect(left["refresh_journal"] == 2, "the last one and the one before")
            #expect(try Self.descriptors() <= descriptors + 2)
            #expect(gateway.standIn.liveTokens("acme").count == 1 && gateway.standIn.counters.rotations == count - 1)
        }
    }

    /// Of every table but the logs, which are meant to grow.
    private static func rows(_ gateway: SampleGateway) async throws -> [String: Int] {
        let store = try #require(gateway.store.inside as? SQLiteStore)
        return try await store.writer.read { database in
            let tables = try String.fetchAll(database, sql: "SELECT name FROM sqlite_schema WHERE type = 'table'")
                .filter { !$0.hasPrefix("audit") && !$0.hasPrefix("event") && !$0.hasPrefix("sqlite") }
            return try Dictionary(
                uniqueKeysWithValues: tables.map {
                    ($0, try Int.fetchOne(database, sql: "SELECT count(*) FROM \"\($0)\"") ?? 0)
                })
        }
    }

    private static func descriptors() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
    }

    private static func answer(access: String, refresh: String, refreshLives: Int = 7_776_000) -> String {
        """
        {"access_token":"\(access)","token_type":"bearer","refresh_token":"\(refresh)","scope":"read write",
        "expires_in":172800,"refresh_token_expires_in":\(refreshLives)}
        """
    }
}

/// The same numbers in every run.
private final class CountedRandom: GatewayCore.RandomSource {
    private let state = Mutex<UInt64>(42)

    func bytes(_ count: Int) -> [UInt8] {
        state.withLock { state in
            (0..<count).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return UInt8(truncatingIfNeeded: state >> 33)
            }
        }
    }
}
