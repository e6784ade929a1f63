import Foundation
import Gateway
import GatewayCore
import Storage
import TestSupport
import Testing
import ZendeskEmulator

/// RT-25: somebody sets the clock.
@Suite("Refresh and a clock that is set") struct RefreshClockTests {
    @Test("RT-25: a clock set forward while a request is open lets nobody else in", arguments: [3_600, 86_400])
    func forward(seconds: Int) async throws {
        try await withRefresh { gateway, connection async throws in
            let stall = gateway.stallTokens()
            let other = gateway.node()
            try await gateway.runSchedule(other)
            let work = Task { try await gateway.forced(connection.id) }
            await stall.untilReached()
            gateway.clock.advance(by: 5)
            gateway.clock.step(by: TimeInterval(seconds))
            try await gateway.runSchedule(other)
            let entry = try #require(try await gateway.store.refreshState(of: connection.id)?.entry)
            #expect(entry.phase == .begun && entry.fence == 1 && gateway.transport.calls.isEmpty)
            stall.letGo()
            #expect(try await work.value == .current)
            #expect(try await gateway.now(connection.id).generation == 2 && gateway.tokenCalls == 1)
        }
    }

    @Test("RT-25: a clock set forward does not make a doubt look settled")
    func forwardInDoubt() async throws {
        try await withRefresh { gateway, connection async throws in
            try await gateway.runSchedule()
            gateway.fault(.dropBefore)
            _ = try await gateway.forced(connection.id)
            gateway.clock.step(by: 3_600)
            try await gateway.runSchedule()
            #expect(gateway.tokenCalls == 1, "the first request may still lie in a queue")
            gateway.clock.advance(by: 200)
            for _ in 0..<4 {
                gateway.clock.advance(by: 100)
                try await gateway.runSchedule()
            }
            #expect(try await gateway.now(connection.id).generation == 2)
        }
    }

    @Test("RT-25: a clock set back by a day does not keep what somebody left open for a day")
    func back() async throws {
        try await withRefresh { gateway, connection async throws in
            try await gateway.dieBeforeSending(connection)
            gateway.clock.step(by: -86_400)
            #expect(try await gateway.broker.accessToken(for: connection.id).generation == 1)
            _ = try await gateway.refresher.refresh(connection.id, .planned)
            #expect(try await gateway.now(connection.id).status == .inDoubt && gateway.tokenCalls == 0)
            gateway.clock.advance(by: 80)
            _ = try await gateway.refresher.refresh(connection.id, .planned)
            #expect(try await gateway.now(connection.id).generation == 2)
        }
    }

    @Test(
        "RT-25: tokens do not live longer because the clock was set while they were on their way",
        arguments: [-3_600, 3_600])
    func meanwhile(step: Int) async throws {
        try await withRefresh { gateway, connection async throws in
            let stall = gateway.stallTokens()
            let work = Task { try await gateway.forced(connection.id) }
            await stall.untilReached()
            gateway.clock.step(by: TimeInterval(step))
            stall.letGo()
            _ = try await work.value
            let told = try await gateway.now(connection.id)
            #expect(try #require(told.accessTokenExpiresAt) <= gateway.clock.now.addingTimeInterval(172_800))
        }
    }

    @Test("RT-25: an answer that lay here while the process stood still does not make tokens live longer")
    func stoodStill() async throws {
        try await withRefresh { gateway, connection async throws in
            let asked = gateway.clock.now
            let stall = gateway.stallAnswers()
            let work = Task { try await gateway.forced(connection.id) }
            await stall.untilReached()
            gateway.clock.advance(by: 3_600)
            stall.letGo()
            _ = try await work.value
            #expect(try await gateway.now(connection.id).accessTokenExpiresAt == asked.addingTimeInterval(172_800))
        }
    }

    @Test("RT-25: after a step nothing that is fresh is renewed, forward or back", arguments: [3_600, -3_600])
    func noStorm(step: Int) async throws {
        try await withRefresh { gateway, _ async throws in
            _ = try await gateway.connectMore((0..<10).map { "org\($0)" })
            try await gateway.runSchedule()
            gateway.clock.step(by: TimeInterval(step))
            for _ in 0..<10 {
                gateway.clock.advance(by: 60)
                try await gateway.runSchedule()
            }
            #expect(gateway.transport.calls.isEmpty)
        }
    }

    @Test("RT-25: a token that died while the clock said otherwise is replaced at its first 401")
    func deadByTheOtherClock() async throws {
        try await withRefresh { gateway, connection async throws in
            gateway.clock.advance(by: 172_000)
            gateway.clock.step(by: -3_600)
            // Zendesk's own clock was not set.
            gateway.standIn.shiftClock(by: 3_600)
            gateway.clock.advance(by: 1_800)
            #expect(try await gateway.broker.accessToken(for: connection.id).generation == 1)
            #expect(try await gateway.broker.reportRejected(connection.id, generation: 1).generation == 2)
        }
    }
}
