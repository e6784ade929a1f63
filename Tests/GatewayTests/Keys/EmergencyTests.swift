import Foundation
import Gateway
import GatewayCore
import Storage
import StorageSQLite
import Synchronization
import TestSupport
import Testing
import TokenVault
import ZendeskEmulator

@Suite("Emergency rotation") struct EmergencyTests {
    private static let many = 150

    private struct World {
        let clock = HandClock()
        let store: TroubledStore
        let sample: EmergencySample

        init() async throws {
            store = TroubledStore(try SQLiteStore.inMemory())
            let clock = clock
            let standIn = EmulatorWorld.forTests(clock: clock)
            sample = try await EmergencySample(store: store, standIn: standIn, clock: clock) { _ in
                clock.advance(by: 0.5)
            }
        }

        func run(
            resumes: Bool = false, report: @escaping @Sendable (EmergencyRotation.Progress) -> Void = { _ in }
        ) async throws -> EmergencyRotation.Report {
            let clock = clock
            return try await sample.emergency { duration in
                clock.advance(by: TimeInterval(duration.components.seconds))
            }.run(resumes: resumes, actor: .commandLine, report: report)
        }

        func whileZendeskIsAway(_ body: () async throws -> Void) async throws {
            let organization = sample.standIn.organization(EmergencySample.organization)
            sample.standIn.change { $0.organizations[EmergencySample.organization] = nil }
            try await body()
            sample.standIn.change { $0.organizations[EmergencySample.organization] = organization }
        }

        /// One that reaches nobody and stays unfinished.
        func runInVain() async throws {
            try await whileZendeskIsAway {
                let report = try await run()
                #expect(!report.isComplete)
            }
        }

        /// Tokens that came too late for this connection, of the same generation as its own (RT-34).
        func queueLateTokens(_ count: Int, of connection: Connection) async throws -> [String] {
            let late = (0..<count).compactMap { _ in
                sample.standIn.grant(
                    EmergencySample.organization, client: SampleGateway.clientID, scopes: ["read"], expiresIn: 172_800)
            }.map(\.accessToken)
            try await whileZendeskIsAway {
                for token in late { try await sample.revocations.revoke(Secret(token), of: connection) }
            }
            #expect(try await store.pendingRevocationCount() == count)
            return late
        }

        func renew(_ connections: [Connection]) async throws {
            for connection in connections { _ = try await sample.broker.refresh(connection.id, actor: .system) }
        }

        var living: Set<String> {
            Set(sample.standIn.liveTokens(EmergencySample.organization).map(\.accessToken))
        }
    }

    @Test("KEY-30: the reason of an emergency stands in its begin and in every entry about keys that it writes")
    func reason() async throws {
        let world = try await World()
        _ = try await world.sample.emergency { _ in }.run(
            reason: try ChangeReason("INC-7 laptop stolen"), actor: .commandLine)
        let entries = try await world.store.auditEntries(after: 0, limit: 100).map(\.event)
        for (action, subject) in [
            (AuditAction.emergencyRotationBegun, "all"), (.dataKeyGenerated, "dk-2"), (.dataKeyPromoted, "dk-2"),
            (.resealBegun, "dk-2"),
        ] {
            let told = entries.last { $0.action == action }?.subject
            #expect(told == subject + "; reason: INC-7 laptop stolen", "\(action)")
        }
        #expect(try await world.store.openEmergency() == nil, "begin and end still belong together")
    }

    @Test("KEY-16: one command makes every key and every token useless that somebody may have copied, and says so")
    func everything() async throws {
        let world = try await World()
        _ = try await world.sample.connect(Self.many)
        let stolen = world.living
        let copied = try await world.store.everySealedRow()
        let standings = Mutex<[EmergencyRotation.Standing]>([])
        let report = try await world.run { progress in
            if case .tokens(let standing) = progress { standings.withLock { $0.append(standing) } }
        }
        #expect(report.isComplete && report.standing.renewed == Self.many && report.standing.exposed.isEmpty)
        #expect(stolen.count == Self.many && world.living.count == Self.many)
        #expect(world.living.isDisjoint(with: stolen), "no copied token lives")
        #expect(report.proof.isComplete && report.proof.primary == "dk-2")
        let now = try await world.store.everySealedRow()
        #expect(Set(now.flatMap(\.columns.values)).isDisjoint(with: copied.flatMap(\.columns.values)))
        let waiting = standings.withLock { $0.map(\.waiting) }
        #expect(waiting.first == Self.many && waiting.last == 0 && waiting == waiting.sorted(by: >))
        let actions = try await world.store.auditEntries(after: 0, limit: 10_000).map(\.event.action)
        #expect(actions.filter { $0 == .emergencyRotationBegun }.count == 1)
        #expect(actions.last == .emergencyRotationCompleted)
    }

    @Test("KEY-16: one that was killed goes on: no second new key, and no token is renewed twice")
    func interrupted() async throws {
        let world = try await World()
        _ = try await world.sample.connect(30)
        let refreshes = Mutex(0)
        // Killed after ten: nothing can be written any more.
        world.store.beforeEach(.beginRefresh) {
            let count = refreshes.withLock {
                $0 += 1
                return $0
            }
            if count > 10 { throw StorageError.unwritable }
        }
        let first = try await world.run()
        #expect(!first.isComplete && first.standing.renewed == 10)
        #expect(first.standing.exposed.values.reduce(0, +) == 20)
        world.store.beforeEach(.beginRefresh, nil)
        world.clock.advance(by: 60)
        let isContinued = Mutex(false)
        let second = try await world.run { progress in
            if case .continued = progress { isContinued.withLock { $0 = true } }
        }
        #expect(second.isComplete && isContinued.withLock { $0 })
        #expect(second.standing.renewedBefore == 10 && second.standing.renewed == 20)
        #expect(try await world.store.dataKeys().map(\.id) == ["dk-1", "dk-2"])
        #expect(world.sample.standIn.counters.rotations == 30)
        // The next one is an emergency of its own.
        #expect(try await world.run().proof.primary == "dk-3")
    }

    @Test("KEY-16: neither a key that waited before the compromise nor a reseal towards one is used")
    func freshKey() async throws {
        let world = try await World()
        _ = try await world.sample.connect(3)
        _ = try await world.sample.rotation.generate(actor: .system)
        try await world.sample.rotation.promote("dk-2", actor: .system)
        _ = try await world.sample.rotation.begin(actor: .system)
        _ = try await world.sample.rotation.generate(actor: .system)
        world.clock.advance(by: 1)
        let report = try await world.run()
        #expect(report.isComplete && report.proof.primary == "dk-4")
        #expect(try await world.store.recordCounts() == ["dk-4": 3])
    }

    @Test("KEY-16: what cannot be renewed is ended, what Zendesk puts off is tried again, and what is left is named")
    func obstacles() async throws {
        let world = try await World()
        let connections = try await world.sample.connect(6)
        let standIn = world.sample.standIn
        // The grants of two are gone; their access tokens live on.
        for connection in connections.prefix(2) {
            try await world.store.setStatus(
                .needsReauthorization, reason: "grant.rejected", of: connection.id, generation: 1, at: world.clock.now,
                audit: AuditEvent(at: world.clock.now, actor: .system, action: .connectionNeedsReauthorization))
        }
        let report = try await world.run()
        #expect(report.isComplete && report.standing.renewed == 4 && report.standing.revoked == 2)
        #expect(standIn.liveTokens(EmergencySample.organization).count == 4)
    }

    @Test("KEY-16: while Zendesk is away nothing is called safe, and every token counts as exposed")
    func zendeskAway() async throws {
        let world = try await World()
        _ = try await world.sample.connect(5)
        world.sample.standIn.change { $0.organizations[EmergencySample.organization] = nil }
        let report = try await world.run()
        #expect(!report.isComplete && report.standing.waiting == 0)
        #expect(report.standing.exposed.values.reduce(0, +) == 5)
        #expect(report.proof.isComplete, "the keys are done all the same")
        #expect(try await world.store.openEmergency() != nil)
    }

    @Test(
        "KEY-16: an emergency begins anew when the unfinished one is older than a day, and goes on with it when told to"
    )
    func another() async throws {
        let world = try await World()
        let connections = try await world.sample.connect(3)
        try await world.runInVain()
        // Everything works again, and nobody comes back to it.
        world.clock.advance(by: 3600)
        try await world.renew(connections)
        let untold = try await world.run()
        #expect(untold.isComplete && untold.standing.renewedBefore == 3, "within a day it is the same emergency")

        try await world.runInVain()
        world.clock.advance(by: 40 * 86_400)
        try await world.renew(connections)
        let stolen = world.living
        let told = Mutex<[Date]>([])
        let begun = try #require(try await world.store.openEmergency())
        let report = try await world.run { progress in
            if case .begunAnew(let unfinished) = progress { told.withLock { $0.append(unfinished) } }
        }
        #expect(told.withLock { $0 } == [begun.event.at])
        #expect(report.isComplete && report.standing.renewed == 3 && report.standing.renewedBefore == 0)
        #expect(world.living.isDisjoint(with: stolen), "no copied token lives")
        #expect(report.proof.primary == "dk-4", "each has a key of its own")

        try await world.runInVain()
        world.clock.advance(by: 2 * 86_400)
        try await world.renew(connections)
        let resumed = try await world.run(resumes: true)
        #expect(resumed.isComplete && resumed.standing.renewedBefore == 3 && resumed.proof.primary == "dk-5")
    }

    @Test("KEY-16: one that begins after the clock was set back takes no token from before it for a new one")
    func clockSetBack() async throws {
        let world = try await World()
        let connections = try await world.sample.connect(3)
        world.clock.advance(by: 3000)
        try await world.renew(connections)
        let stolen = world.living
        world.clock.step(by: -3600)
        let report = try await world.run()
        #expect(report.standing.renewed == 3 && report.standing.renewedBefore == 0)
        #expect(world.living.isDisjoint(with: stolen))
        // Nor is one gone on with whose age nobody knows.
        try await world.runInVain()
        world.clock.step(by: -3600)
        #expect(try await world.run().proof.primary == "dk-4")
    }

    @Test("KEY-16: one that goes on takes no key that was only promoted since its begin")
    func promotedSince() async throws {
        let world = try await World()
        _ = try await world.sample.connect(1)
        _ = try await world.sample.rotation.generate(actor: .system)
        world.store.fail(.insertDataKey)
        await #expect(throws: StorageError.unwritable) { _ = try await world.run() }
        world.store.heal(.insertDataKey)
        world.clock.advance(by: 1)
        try await world.sample.rotation.promote("dk-2", actor: .system)
        #expect(try await world.run().proof.primary == "dk-3", "dk-2 was there to be copied")
    }

    @Test("KEY-16: a renewal that was on its way when the emergency began counts as none")
    func onItsWay() async throws {
        let world = try await World()
        let connection = try await world.sample.connect(1)[0]
        // What a process that could not save at once writes when it can again.
        world.store.fail(.insertDataKey)
        _ = try? await world.run()
        world.store.heal(.insertDataKey)
        try await world.store.append([
            AuditEvent(
                at: world.clock.now, actor: .system, action: .tokensRefreshed, connection: connection.id, generation: 1)
        ])
        let report = try await world.run()
        #expect(report.standing.renewed == 1 && report.standing.renewedBefore == 0)
    }

    @Test("KEY-16: a token is ended though another one of its connection waits for its end already")
    func otherRevocation() async throws {
        let world = try await World()
        let connection = try await world.sample.connect(1)[0]
        let late = try await world.queueLateTokens(1, of: connection)
        try await world.store.setStatus(
            .needsReauthorization, reason: "grant.rejected", of: connection.id, generation: 1, at: world.clock.now,
            audit: AuditEvent(at: world.clock.now, actor: .system, action: .connectionNeedsReauthorization))
        let report = try await world.run()
        #expect(report.standing.revoked == 1)
        #expect(world.living == Set(late), "the stored token is dead, and the other one waits on")
        #expect(try await world.store.pendingRevocations(of: connection.id).count == 1)
    }

    @Test("KEY-16: tokens that wait for their end from before keep it from being done, and no figure goes below zero")
    func waitingRevocations() async throws {
        let world = try await World()
        let connection = try await world.sample.connect(1)[0]
        _ = try await world.queueLateTokens(5, of: connection)
        let standings = Mutex<[EmergencyRotation.Standing]>([])
        let report = try await world.run { progress in
            if case .tokens(let standing) = progress { standings.withLock { $0.append(standing) } }
        }
        #expect(!report.isComplete, "a copy of what waits is of use until Zendesk confirms its end")
        #expect(report.standing.revocationsWaiting == 5 && report.standing.exposed.isEmpty)
        #expect(standings.withLock { $0.map(\.waiting) }.min() == 0)
    }
}
