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
            report: @escaping @Sendable (EmergencyRotation.Progress) -> Void = { _ in }
        ) async throws -> EmergencyRotation.Report {
            let clock = clock
            return try await sample.emergency { duration in
                clock.advance(by: TimeInterval(duration.components.seconds))
            }.run(actor: .commandLine, report: report)
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
}
