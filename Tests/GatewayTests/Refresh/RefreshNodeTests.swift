import Foundation
import Gateway
import GatewayCore
import OAuth
import Storage
import Synchronization
import TestSupport
import Testing
import ZendeskEmulator

/// Processes that die, stop, come and go, and what somebody does to the connection meanwhile. The same with real processes
/// and signals is in `Tests/Scripts/test_faults.py`.
@Suite("Refresh by several processes") struct RefreshNodeTests {
    @Test("RT-01: after a death before the request was written the same token is used once, and all is well")
    func deadBefore() async throws {
        try await withRefresh { gateway, connection async throws in
            try await gateway.dieBeforeSending(connection)
            gateway.clock.advance(by: 36)
            try await gateway.runSchedule()
            #expect(try await gateway.now(connection.id).status == .inDoubt && gateway.tokenCalls == 0)
            gateway.clock.advance(by: 45)
            try await gateway.runSchedule()
            let told = try await gateway.now(connection.id)
            #expect(told.generation == 2 && told.status == .active && gateway.tokenCalls == 1)
        }
    }

    @Test("RT-02 RT-10: after a death with the request under way somebody else takes over in doubt, and never blindly")
    func deadBetween() async throws {
        try await withRefresh { gateway, connection async throws in
            let work = try await gateway.dieInFlight(connection, isRotated: false)
            gateway.clock.advance(by: 34)
            try await gateway.runSchedule()
            let asked = try await gateway.refresher.refresh(connection.id, .planned)
            #expect(asked.code == "refresh.elsewhere" && gateway.tokenCalls == 0)
            #expect(try await gateway.now(connection.id).status == .active, "the deadline of the dead is not over")
            gateway.clock.advance(by: 2)
            try await gateway.runSchedule()
            #expect(try await gateway.now(connection.id).status == .inDoubt && gateway.tokenCalls == 0)
            gateway.clock.advance(by: 45)
            try await gateway.runSchedule()
            #expect(try await gateway.now(connection.id).generation == 2 && gateway.tokenCalls == 1)
            await work.end()
        }
    }

    @Test(
        "RT-03: after a death with the answer in hand the loss is named within a minute, and nothing is told to be well"
    )
    func deadAfter() async throws {
        try await withRefresh { gateway, connection async throws in
            let work = try await gateway.dieInFlight(connection, isRotated: true)
            var seconds = 0
            while try await gateway.now(connection.id).status == .active, seconds < 60 {
                gateway.clock.advance(by: 1)
                seconds += 1
                try await gateway.runSchedule()
            }
            #expect(try await gateway.now(connection.id).statusReason == "refresh.answer_lost")
            #expect(try await gateway.recorded(.tokensRefreshed).isEmpty)
            await work.end()
        }
    }

    @Test("RT-03: a loss is named within a minute although ten thousand others are due")
    func namedFirst() async throws {
        try await withRefresh { gateway, connection async throws in
            let others = try await gateway.connectMore((0..<300).map { "org\($0)" })
            try await gateway.runSchedule()
            try await gateway.store.planRefreshes(
                others.map { RefreshPlan(connection: $0.id, generation: 1, due: gateway.clock.now) })
            try await gateway.dieBeforeSending(connection)
            gateway.clock.advance(by: 36)
            let claimed = try await gateway.store.claimDueRefreshes(
                at: gateway.clock.now, until: gateway.clock.now.addingTimeInterval(30), limit: 10)
            #expect(claimed.first == connection.id && claimed.count == 10)
            gateway.clock.advance(by: 200)
            try await gateway.runSchedule()
        }
    }

    @Test("RT-04: after a death behind the commit the new tokens are in use")
    func deadBehind() async throws {
        try await withRefresh { gateway, connection async throws in
            _ = try await gateway.forced(connection.id, by: gateway.node())
            let restarted = gateway.node()
            #expect(try await gateway.broker(of: restarted).accessToken(for: connection.id).generation == 2)
            #expect(gateway.tokenCalls == 1)
        }
    }

    @Test("RT-04: after a death between the commit and its answer the new tokens are in use, and nothing is left over")
    func deadBeforeItKnew() async throws {
        try await withRefresh { gateway, connection async throws in
            let (cut, shelf) = (TroubledStore(gateway.store.inside), SpillShelf())
            cut.loseAnswer(of: .replaceCredential)
            cut.before(.replaceCredential) { cut.beforeEach(.replaceCredential) { cut.fail(.replaceCredential) } }
            let dying = gateway.node(store: cut, spill: shelf)
            _ = try await dying.refresh(connection.id, .forced)
            await dying.giveUp()
            let restarted = gateway.node(spill: shelf)
            #expect(await restarted.mergeSpilled() == [] && shelf.kept.isEmpty)
            let token = try await gateway.broker(of: restarted).accessToken(for: connection.id)
            #expect(token.generation == 2 && gateway.tokenCalls == 1)
            #expect(gateway.standIn.liveTokens("acme").map(\.accessToken) == [token.token.exposeText()])
        }
    }

    @Test("RT-09: a holder that stood still before it sent does not send, by whichever clock", arguments: [0, -3_600])
    func stoodStillBefore(step: Int) async throws {
        try await withRefresh { gateway, connection async throws in
            gateway.store.before(.beginRefresh) {
                gateway.clock.advance(by: 40)
                gateway.clock.step(by: TimeInterval(step))
            }
            let result = try await gateway.forced(connection.id)
            #expect(result.code == "refresh.starved")
            #expect(gateway.tokenCalls == 0)
            gateway.clock.advance(by: 4_000)
            try await gateway.runSchedule()
            #expect(try await gateway.now(connection.id).generation == 2 && gateway.tokenCalls == 1)
        }
    }

    @Test("RT-09: the late result of a holder that stood still is kept while the generation is the one it replaces")
    func stoodStillAfter() async throws {
        try await withRefresh { gateway, connection async throws in
            let stall = gateway.stallAnswers()
            let sleeper = gateway.node()
            let work = Task { try await gateway.forced(connection.id, by: sleeper) }
            await stall.untilReached()
            gateway.clock.advance(by: 40)
            try await gateway.runSchedule()
            #expect(
                try await gateway.now(connection.id).statusReason == "refresh.answer_lost", "as far as anybody knows")
            stall.letGo()
            #expect(try await work.value == .current)
            let told = try await gateway.now(connection.id)
            #expect(told.generation == 2 && told.status == .active && gateway.tokenCalls == 1)
            let recovered = try await gateway.recorded(.connectionRecovered)
            #expect(recovered.map(\.connection) == [connection.id], "who heard of the loss hears that it was none")
        }
    }

    @Test("RT-09: the late result of a holder that stood still is thrown away and revoked once others went on")
    func stoodStillTooLong() async throws {
        try await withRefresh { gateway, connection async throws in
            let stall = gateway.stallAnswers()
            let sleeper = gateway.node()
            let work = Task { try await gateway.forced(connection.id, by: sleeper) }
            await stall.untilReached()
            gateway.transport.after(nil)
            try await gateway.connect(reauthorizing: connection.id)
            stall.letGo()
            _ = try await work.value
            #expect(try await gateway.now(connection.id).generation == 2)
            #expect(gateway.standIn.liveTokens("acme").count == 1, "the late pair is dead")
            #expect(try await gateway.broker.accessToken(for: connection.id).generation == 2)
        }
    }

    @Test("RT-34: a reconnect while a refresh is under way wins, and the late pair is revoked")
    func reconnected() async throws {
        try await withRefresh { gateway, connection async throws in
            let stall = gateway.stallAnswers(times: 1)
            let work = Task { try await gateway.forced(connection.id) }
            await stall.untilReached()
            let again = try await gateway.connect(reauthorizing: connection.id)
            stall.letGo()
            #expect(try await work.value == .current)
            let told = try await gateway.now(connection.id)
            #expect(told.generation == again.generation && told.status == .active)
            #expect(gateway.standIn.liveTokens("acme").count == 1)
        }
    }

    @Test("RT-34 RT-35: a late pair that cannot be queued at that moment is kept until it can, and then it dies")
    func lateAndUnqueued() async throws {
        try await withRefresh { gateway, connection async throws in
            let stall = gateway.stallAnswers(times: 1)
            let work = Task { try await gateway.forced(connection.id) }
            await stall.untilReached()
            try await gateway.connect(reauthorizing: connection.id)
            let tries = Count()
            gateway.store.beforeEach(.queueRevocation) {
                tries.grow()
                throw StorageError.busy
            }
            stall.letGo()
            #expect(try await work.value.code == "unsaved")
            #expect(gateway.spill.kept.count == 1 && gateway.standIn.liveTokens("acme").count == 2)
            try await gateway.eventually("it is tried again") { tries.value > 2 }
            #expect(gateway.spill.kept.count == 1, "it is forgotten nowhere before somebody else knows of it")
            gateway.store.beforeEach(.queueRevocation, nil)
            try await gateway.eventually("forgotten") { gateway.spill.kept.isEmpty }
            #expect(gateway.standIn.liveTokens("acme").count == 1)
            #expect(try await gateway.broker.accessToken(for: connection.id).generation == 2)
            gateway.clock.advance(by: 36)
            try await gateway.runSchedule()
        }
    }

    @Test(
        "RT-35: a disconnect in doubt leaves nothing open, nothing in the schedule, and nothing to be looked at first")
    func disconnectedInDoubt() async throws {
        try await withRefresh { gateway, connection async throws in
            gateway.fault(.dropBefore)
            _ = try await gateway.forced(connection.id)
            #expect(try await gateway.now(connection.id).status == .inDoubt)
            _ = try await gateway.disconnect.run(connection, actor: .commandLine)
            #expect(try await gateway.store.lastRefresh(of: connection.id)?.phase == .superseded)
            gateway.clock.advance(by: 3_600)
            #expect(try await gateway.runSchedule() == 0)
        }
    }

    @Test("RT-10: what a dead process left open of a connection that needs authorization comes to its end, unsent")
    func leftAtTheEnd() async throws {
        try await withRefresh { gateway, connection async throws in
            try await gateway.dieBeforeSending(connection)
            gateway.standIn.revoke("acme")
            try await gateway.store.setStatus(
                .needsReauthorization, reason: "grant.rejected", of: connection.id, generation: 1,
                at: gateway.clock.now,
                audit: AuditEvent(at: gateway.clock.now, actor: .system, action: .connectionNeedsReauthorization))
            gateway.clock.advance(by: 36)
            #expect(try await gateway.runSchedule() == 1)
            #expect(try await gateway.store.lastRefresh(of: connection.id)?.phase == .superseded)
            gateway.clock.advance(by: 36)
            #expect(try await gateway.runSchedule() == 0 && gateway.tokenCalls == 0)
        }
    }

    @Test("RT-35: a disconnect while a refresh is under way resurrects nothing, and the late pair is revoked")
    func disconnected() async throws {
        try await withRefresh { gateway, connection async throws in
            let stall = gateway.stallAnswers()
            let work = Task { try await gateway.forced(connection.id) }
            await stall.untilReached()
            _ = try await gateway.disconnect.run(connection, actor: .commandLine)
            stall.letGo()
            _ = try await work.value
            #expect(try await gateway.now(connection.id).status == .disconnected)
            #expect(try await gateway.store.credential(of: connection.id) == nil)
            try await gateway.eventually("dead") {
                try await gateway.revocations.runDue()
                return gateway.standIn.liveTokens("acme").isEmpty
            }
        }
    }

    @Test("RT-37: processes that come and go in the middle leave no double and no orphan")
    func comeAndGo() async throws {
        try await withRefresh { gateway, _ async throws in
            let connections = try await gateway.connectMore((0..<40).map { "org\($0)" })
            try await gateway.runSchedule()
            gateway.clock.advance(by: 86_401)
            // One has claimed and dies; another has begun and dies.
            let now = gateway.clock.now
            let claimed = try await gateway.store.claimDueRefreshes(
                at: now, until: now.addingTimeInterval(RefreshLimits().claim), limit: 7)
            try await gateway.dieBeforeSending(try await gateway.now(claimed[0]))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<5 {
                    let node = gateway.node()
                    group.addTask {
                        var limits = RefreshLimits()
                        limits.batch = 7
                        for _ in 0..<(index + 1) { _ = try await RefreshScheduler(node, limits: limits).runOnce() }
                        await node.stop()
                    }
                }
                try await group.waitForAll()
            }
            for seconds in [0, 36, 45] {
                gateway.clock.advance(by: TimeInterval(seconds))
                while try await gateway.runSchedule() > 0 {}
            }
            for connection in connections { #expect(try await gateway.now(connection.id).generation == 2) }
            #expect(claimed.count == 7 && gateway.tokenCalls == connections.count + 1)
        }
    }

    @Test("RT-42: a process that is asked to end lands what is in flight and begins nothing else")
    func drained() async throws {
        try await withRefresh { gateway, connection async throws in
            let other = try await gateway.connectMore(["noguide"])[0]
            let stall = gateway.stallTokens()
            let node = gateway.node()
            let scheduler = Task { await RefreshScheduler(node).run() }
            let flight = Task { try await gateway.forced(connection.id, by: node) }
            await stall.untilReached()
            scheduler.cancel()
            try await gateway.eventually("it stops") {
                await node.isStopping
            }
            #expect(try await node.refresh(other.id, .forced) == .notNow(code: "stopping", until: gateway.clock.now))
            stall.letGo()
            await scheduler.value
            #expect(try await gateway.now(connection.id).generation == 2, "it did not end before this had landed")
            #expect(try await flight.value == .current)
            #expect(await node.flightsNow == 0 && gateway.tokenCalls == 1)
        }
    }

    @Test("RT-42: a process that is asked to end waits no longer than it may for an answer that does not come")
    func drainedInTime() async throws {
        try await withRefresh { gateway, connection async throws in
            try await gateway.runSchedule()
            gateway.clock.advance(by: 86_401)
            let (stall, node, ended) = (gateway.stallTokens(), gateway.node(), Count())
            var limits = RefreshLimits()
            limits.drain = .milliseconds(50)
            let scheduler = RefreshScheduler(node, limits: limits)
            let running = Task {
                await scheduler.run()
                ended.grow()
            }
            await stall.untilReached()
            let caller = Task { try await gateway.forced(connection.id, by: node) }
            running.cancel()
            try await gateway.eventually("the schedule has ended, with the answer still on its way") {
                ended.value == 1
            }
            #expect(await node.flightsNow == 1)
            #expect(
                try await gateway.store.refreshState(of: connection.id)?.entry?.phase == .begun, "the journal tells")
            caller.cancel()
            await #expect(throws: CancellationError.self) { try await caller.value }
            stall.letGo()
            await node.drain()
            #expect(try await gateway.now(connection.id).generation == 2 && gateway.tokenCalls == 1)
        }
    }
}

/// The rest of a process that died: it never hears anything again.
final class DeadFlight: Sendable {
    private let stall: Stall
    private let work: Task<Void, Never>

    init(_ stall: Stall, _ work: Task<Void, Never>) { (self.stall, self.work) = (stall, work) }

    func end() async {
        stall.letGo()
        await work.value
    }
}

extension SampleGateway {
    /// Zendesk does what it is asked and its answers hang.
    func stallAnswers(times: Int = .max) -> Stall {
        let stall = Stall()
        let left = Mutex(times)
        transport.after { request, response in
            guard request.path == "/oauth/tokens" else { return response }
            let isMine = left.withLock { left in
                defer { left -= 1 }
                return left > 0
            }
            if isMine { await stall.wait() }
            return response
        }
        return stall
    }

    /// A process sends its request and dies, before Zendesk looked at it or after it rotated.
    func dieInFlight(_ connection: Connection, isRotated: Bool) async throws -> DeadFlight {
        let stall = Stall()
        // A transport of its own, so that nobody else's calls hang; and a store that it cannot reach any more.
        let cut = WatchedTransport(Bridge(standIn))
        let lost = TroubledStore(store.inside)
        if isRotated {
            cut.after { _, response in
                await stall.wait()
                return response
            }
        } else {
            cut.before { _ throws(TransportFailure) in
                await stall.wait()
                throw .closedEarly
            }
        }
        let dying = node(store: lost, transport: cut)
        let work = Task { _ = try? await dying.refresh(connection.id, .forced) }
        await stall.untilReached()
        lost.fail(.noteRefresh)
        lost.fail(.replaceCredential)
        await dying.giveUp()
        return DeadFlight(
            stall,
            Task { [dying] in
                await work.value
                await dying.giveUp()
            })
    }
}
