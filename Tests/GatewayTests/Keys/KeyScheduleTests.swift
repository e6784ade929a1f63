import Foundation
import Gateway
import GatewayCore
import Storage
import StorageSQLite
import Synchronization
import TestSupport
import Testing
import TokenVault

@Suite("When a key has done its work") struct KeyScheduleTests {
    private static let day: TimeInterval = 24 * 60 * 60

    @Test(
        "CR-22: seals are taken ahead of their use, so that a killed process leaves the count too high, never too low")
    func ahead() async throws {
        let world = try await KeyWorld()
        #expect(try await world.key("dk-1").sealsReserved == LiveKeyring.firstSeals)
        for number in 0..<10 { try await world.rows.connection(in: world.store, "org-\(number)") }
        #expect(world.node.keyring.vault.sealsLeft(under: DataKeyID(1)) == LiveKeyring.firstSeals - 20)
        // Killed, and started again twice.
        for _ in 0..<2 { _ = try await world.anotherNode() }
        #expect(try await world.key("dk-1").sealsReserved == 3 * LiveKeyring.firstSeals)
        try await world.node.keyring.accountSeals()
        #expect(try await world.key("dk-1").sealsReserved == 3 * LiveKeyring.firstSeals + LiveKeyring.sealsAhead)
        try await world.node.keyring.accountSeals()
        #expect(
            try await world.key("dk-1").sealsReserved == 3 * LiveKeyring.firstSeals + LiveKeyring.sealsAhead,
            "nothing is taken while there is plenty")
    }

    @Test("CR-22: a process never seals more than it took, and takes more when a use case runs out")
    func neverMore() async throws {
        let world = try await KeyWorld()
        let vault = world.node.keyring.vault
        let context = SealingContext(
            tenant: "t", table: "t", row: "r", column: "c", generation: 0, organization: "")
        for _ in 0..<LiveKeyring.firstSeals { _ = try vault.seal(Secret("x"), in: context) }
        #expect(throws: VaultError.sealsSpent(DataKeyID(1))) { _ = try vault.seal(Secret("x"), in: context) }
        let endpoints = WebhookEndpoints(
            store: world.store, credentials: CredentialVault(keyring: world.node.keyring), clock: world.clock,
            random: SystemRandomSource())
        _ = try await endpoints.create(
            tenant: .default, url: try #require(WebhookURL("https://hooks.example/a")), actor: .system)
        #expect(try await world.store.recordCounts() == ["dk-1": 1])
    }

    @Test("CR-22: a reseal counts every record that it seals before it seals it, and at most two batches more")
    func resealsCount() async throws {
        let world = try await KeyWorld()
        try await world.plant(10)
        try await world.promoteNew()
        let before = try await world.key("dk-2").sealsReserved
        let isAhead = Mutex(true)
        _ = try await world.reseal { run in
            // The batch that is about to be written is sealed, and the next one may be.
            let counted = try await world.key("dk-2").sealsReserved - before
            if counted < min(Int64(run.done + 6) * 2, 20) { isAhead.withLock { $0 = false } }
        }
        #expect(isAhead.withLock { $0 })
        let counted = try await world.key("dk-2").sealsReserved - before
        #expect(counted >= 23 && counted <= 23 + 12)
    }

    @Test("CR-22: a reseal towards a key that may not seal as much stops, and says so")
    func resealSpent() async throws {
        let world = try await KeyWorld()
        try await world.plant(10)
        try await world.promoteNew()
        let taken = try await world.key("dk-2").sealsReserved
        _ = try await world.store.reserveSeals(StoredDataKey.sealLimit - taken - 14, of: "dk-2")
        await #expect(throws: KeyRotationRefusal.key("dk-2", .sealsSpent)) {
            _ = try await world.rotation.reseal(actor: .system)
        }
        #expect(try await world.unreadable().isEmpty)
        let proof = try await world.rotation.rotate(actor: .system)
        #expect(proof.isComplete && proof.primary == "dk-3")
    }

    @Test("CR-22: at 80 % of 2^31 seals the operator is told, at 2^31 the key is rotated, without a person")
    func byCount() async throws {
        let world = try await KeyWorld()
        try await world.plant(2)
        let desk = KeyDesk(rotation: world.rotation, schedule: KeySchedule(maximumAge: nil))
        try await world.useUp(0.79)
        #expect(try await desk.primaryStanding().standing == .young)
        try await world.useUp(0.81)
        #expect(try await desk.primaryStanding().standing == .ageing)
        #expect(try await desk.work().isEmpty)
        try await world.useUp(1.01)
        #expect(try await desk.primaryStanding().standing == .due)
        let deeds = try await desk.work()
        #expect(
            deeds == [
                .rotationBegun(target: "dk-2"), .resealed(target: "dk-2", records: 5), .proved(complete: true),
            ])
        #expect(try await desk.primaryStanding().standing == .young)
        #expect(try await world.recorded(.dataKeyPromoted).map(\.actor) == [.system])
    }

    @Test("CR-22: at 2^32 seals a key refuses, the store knows it, and a rotation is the way out")
    func end() async throws {
        let world = try await KeyWorld()
        try await world.plant(2)
        let taken = try await world.key("dk-1").sealsReserved
        _ = try await world.store.reserveSeals(StoredDataKey.sealLimit - taken, of: "dk-1")
        #expect(try await world.store.reserveSeals(1, of: "dk-1") == nil)
        let fresh = try await world.anotherNode()
        #expect(fresh.keyring.vault.sealsLeft(under: DataKeyID(1)) == 0)
        #expect(await !fresh.keyring.maySeal())
        await #expect(throws: VaultError.sealsSpent(DataKeyID(1))) {
            try await PlantedRows(vault: fresh.keyring.vault).endpoint(in: world.store)
        }
        #expect(try await fresh.rotation.rotate(actor: .system).isComplete)
        try await PlantedRows(vault: fresh.keyring.vault).endpoint(in: world.store)
        #expect(try await world.store.recordCounts() == ["dk-2": 6])
    }

    @Test(
        "CR-23: a clock that is set back a year makes no key younger and the order of keys stays that of their making")
    func clockBack() async throws {
        let world = try await KeyWorld()
        let uptime = Mutex(Duration.zero)
        let node = try await KeyNode(
            store: world.store, rootKey: world.rootKey, clock: world.clock,
            schedule: KeySchedule(maximumAge: 100 * Self.day), uptime: { uptime.withLock { $0 } })
        _ = try await node.desk.work()
        for _ in 0..<99 {
            uptime.withLock { $0 += .seconds(Int64(Self.day)) }
            world.clock.advance(by: Self.day)
            _ = try await node.desk.work()
        }
        world.clock.advance(by: -365 * Self.day)
        let (standing, share) = try await node.desk.primaryStanding()
        #expect(standing == .ageing && share >= 0.98, "99 days of service are not forgotten")
        uptime.withLock { $0 += .seconds(Int64(2 * Self.day)) }
        let deeds = try await node.desk.work()
        #expect(deeds.first == .rotationBegun(target: "dk-2"))
        #expect(try await world.store.dataKeys().map(\.id) == ["dk-1", "dk-2"])
        #expect(try await world.key("dk-2").createdAt < world.key("dk-1").createdAt)
        #expect(try await node.rotation.generate(actor: .system).id == "dk-3")
        #expect(try await node.rotation.rotate(actor: .system).primary == "dk-3", "the one that waits is used")
    }

    @Test("CR-23: holds and signs of life from before the clock was set back keep nobody out for a year")
    func oldHolds() async throws {
        let world = try await KeyWorld()
        try await world.plant(2)
        try await world.rotation.generate(actor: .system)
        try await world.store.heartbeat(
            GatewayNode(id: "node-before", startedAt: world.clock.now, seenAt: world.clock.now, keyringVersion: 0))
        _ = try await world.rotation.begin(actor: .system)
        world.clock.advance(by: -365 * Self.day)
        let resealed = try await world.rotation.reseal(actor: .system)
        #expect(resealed.run.state == .completed)
        try await world.rotation.promote("dk-2", actor: .system)
    }

    @Test(
        "KEY-23: a key is rotated when its time is over, by one of two services, and a schedule that is off does nothing"
    )
    func byAge() async throws {
        let world = try await KeyWorld()
        try await world.plant(3)
        let schedule = KeySchedule(maximumAge: 90 * Self.day)
        let (one, two) = (
            try await world.anotherNode(schedule: schedule), try await world.anotherNode(schedule: schedule)
        )
        let off = try await world.anotherNode(schedule: KeySchedule(maximumAge: nil))
        world.clock.advance(by: 89 * Self.day)
        #expect(try await one.desk.work().isEmpty)
        #expect(try await one.desk.standing().schedule == .ageing)
        world.clock.advance(by: Self.day)
        #expect(try await off.desk.work().isEmpty)
        #expect(try await one.desk.work().last == .proved(complete: true))
        #expect(try await two.desk.work().isEmpty)
        #expect(try await world.keys() == ["dk-1": "enabled", "dk-2": "primary"])
        #expect(try await world.store.latestReseal()?.rowsPerSecond == 1_000, "quietly, beside everything else")
    }

    @Test("KEY-23: a missed schedule shows at 100 %, and at 110 % nothing is sealed only if that is wanted")
    func missed() async throws {
        let world = try await KeyWorld()
        // Something is in the way of every rotation.
        world.store.fail(.insertDataKey)
        func node(_ isEnforced: Bool) async throws -> KeyNode {
            try await world.anotherNode(schedule: KeySchedule(maximumAge: 10 * Self.day, isEnforced: isEnforced))
        }
        let (lenient, strict) = (try await node(false), try await node(true))
        world.clock.advance(by: 10 * Self.day)
        for node in [lenient, strict] {
            await #expect(throws: StorageError.unwritable) { _ = try await node.desk.work() }
            #expect(try await node.desk.primaryStanding().standing == .due)
            #expect(await node.keyring.maySeal())
        }
        world.clock.advance(by: Self.day)
        for node in [lenient, strict] {
            await #expect(throws: StorageError.unwritable) { _ = try await node.desk.work() }
        }
        #expect(try await lenient.desk.primaryStanding().standing == .overdue)
        #expect(try await strict.desk.primaryStanding().standing == .blocked)
        #expect(await lenient.keyring.maySeal())
        #expect(await !strict.keyring.maySeal())
        world.store.heal(.insertDataKey)
        #expect(try await strict.desk.work().last == .proved(complete: true))
        #expect(await strict.keyring.maySeal())
    }
}

extension KeyWorld {
    /// As if so much of what `dk-1` may seal before it is rotated were sealed.
    fileprivate func useUp(_ share: Double) async throws {
        let taken = try await key("dk-1").sealsReserved
        _ = try await store.reserveSeals(Int64(share * Double(KeySchedule.seals)) - taken, of: "dk-1")
    }
}
