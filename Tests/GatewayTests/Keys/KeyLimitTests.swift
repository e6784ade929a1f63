import Foundation
import Gateway
import GatewayCore
import Storage
import StorageSQLite
import TestSupport
import Testing
import TokenVault

@Suite("Which keys may come and go on") struct KeyLimitTests {
    @Test("KEY-15: a key that is shut out is promoted by nobody, and the refusal names the limit")
    func shutOut() async throws {
        let world = try await KeyWorld()
        for id in ["dk-2", "dk-3"] {
            try await world.rotation.generate(actor: .system)
            try await world.rotation.promote(id, actor: .system)
        }
        _ = try await world.rotation.setOldestOpening("dk-3", actor: .system)
        let refusal = KeyRotationRefusal.key("dk-1", .shutOut(oldest: "dk-3"))
        await #expect(throws: refusal) { try await world.rotation.promote("dk-1", actor: .system) }
        #expect(refusal.explanation.message.contains("dk-3"))
        #expect(try await world.keys()["dk-3"] == "primary")
    }

    @Test("KEY-16: an emergency retires the keys that wait unused, and the next rotation takes a key of its own")
    func unused() async throws {
        let world = try await KeyWorld()
        try await world.plant(2)
        // Made before the compromise, and never used.
        try await world.rotation.generate(actor: .system)
        let why = try ChangeReason("INC-7")
        _ = try await world.rotation.rotate(isFresh: true, reason: why, actor: .commandLine)
        #expect(try await world.keys() == ["dk-1": "enabled", "dk-2": "retired", "dk-3": "primary"])
        #expect(try await world.recorded(.dataKeyRetired).map(\.subject) == ["dk-2; reason: INC-7"])
        let proof = try await world.rotation.rotate(actor: .system)
        #expect(proof.primary == "dk-4")
    }

    @Test("KEY-16: nor does a rotation take a key that was made before the primary one, however it came to wait")
    func older() async throws {
        let world = try await KeyWorld()
        for _ in 0..<2 { try await world.rotation.generate(actor: .system) }
        try await world.rotation.promote("dk-3", actor: .system)
        #expect(try await world.keys()["dk-2"] == "enabled")
        #expect(try await world.rotation.rotate(actor: .system).primary == "dk-4")
        // One that was made after it is the one that somebody meant.
        try await world.rotation.generate(actor: .system)
        #expect(try await world.rotation.rotate(actor: .system).primary == "dk-5")
    }

    @Test(
        "KEY-12, KEY-15: what stands under a primary key that is shut out does not open, and no proof says that it does"
    )
    func proof() async throws {
        try await withKeyFile { world, _, _ in
            try await world.plant(2)
            _ = try await world.rotation.rotate(actor: .system)
            _ = try await world.rotation.setOldestOpening("dk-2", actor: .system)
            _ = try await world.rotation.setOldestOpening(nil, actor: .system)
            try await world.rotation.promote("dk-1", actor: .system)
            _ = try await world.rotation.reseal(actor: .system)
            #expect(try await world.rotation.verify(actor: .system).isComplete)
            // Behind the store's back, as whoever writes the database can.
            try await world.store.append([
                AuditEvent(at: world.clock.now, actor: .system, action: .oldestOpeningKeySet, subject: "dk-2")
            ])
            let proof = try await world.rotation.verify(actor: .system)
            #expect(!proof.isComplete && proof.unreadableCount == 5 && proof.opened == 0)
        }
    }

    @Test("KEY-04: of two that catch up at once the slower one does not bring an older keyring back")
    func atOnce() async throws {
        let world = try await KeyWorld()
        let late = try await world.anotherNode()
        try await world.rotation.generate(actor: .system)
        // The keys are read by then, and what happens now is newer.
        world.store.before(.oldestOpeningKey) {
            try await world.rotation.promote("dk-2", actor: .system)
            try await late.keyring.catchUp()
        }
        try await late.keyring.catchUp()
        #expect(late.keyring.vault.primaryKeyID == DataKeyID(2))
        #expect(try await late.keyring.version == world.store.keyringVersion())
    }

    @Test("KEY-14: a destruction that is refused is told once, asked about seldom, and done when nobody needs the key")
    func refusedDestruction() async throws {
        try await withKeyFile { world, _, _ in
            let connection = try await world.rows.connection(in: world.store)
            let old = try #require(try await world.store.credential(of: connection.id))
            _ = try await world.rotation.rotate(actor: .system)
            try await world.rotation.retire("dk-1", actor: .system)
            _ = try await world.rotation.scheduleDestruction(of: "dk-1", after: 0, actor: .system)
            try world.file.restore(old)
            let due = DueDestructions(rotation: world.rotation)
            let first = try await due.round()
            #expect(first.destroyed.isEmpty && Set(first.refused.keys) == ["dk-1"])
            #expect(
                first.refused["dk-1"] == .key("dk-1", .needed(by: .credentials, row: connection.id.text, records: 1)))
            // Nobody asks for a minute, so nothing is told, and nothing is done though nobody needs the key any more.
            _ = try await world.rotation.reseal(actor: .system)
            for round in 1..<60 {
                let told = try await due.round()
                #expect(told.destroyed.isEmpty && told.refused.isEmpty, "round \(round)")
            }
            #expect(try await due.round().destroyed == ["dk-1"])
        }
    }

    @Test("KEY-14: nobody has a key destroyed within a day over the API or a page, nor earlier than somebody else said")
    func twoPersons() async throws {
        let world = try await KeyWorld()
        try await world.rotation.generate(actor: .system)
        try await world.rotation.retire("dk-2", actor: .system)
        let day = KeyRotation.leastDestructionDelay
        for delay in [0, 60, day - 1] {
            await #expect(throws: KeyRotationRefusal.delayTooShort) {
                _ = try await world.node.desk.destroy("dk-2", after: delay, actor: .system)
            }
        }
        let due = try await world.node.desk.destroy("dk-2", actor: .system)
        await #expect(throws: KeyRotationRefusal.key("dk-2", .notDue(due))) {
            _ = try await world.node.desk.destroy("dk-2", after: day, actor: .system)
        }
        let later = try await world.node.desk.destroy("dk-2", after: 10 * day, actor: .system)
        #expect(try await world.key("dk-2").destroyAt == later && later > due)
        try await world.node.desk.keep("dk-2", actor: .system)
        #expect(try await world.rotation.scheduleDestruction(of: "dk-2", after: 0, actor: .commandLine) <= due)
    }

    @Test("KEY-14, KEY-28: no destruction is promised of a key that a restored backup's records need")
    func schedule() async throws {
        try await withKeyFile { world, _, _ in
            let connection = try await world.rows.connection(in: world.store)
            let old = try #require(try await world.store.credential(of: connection.id))
            _ = try await world.rotation.rotate(actor: .system)
            try await world.rotation.retire("dk-1", actor: .system)
            try world.file.restore(old)
            let refusal = DataKeyRefusal.needed(by: .credentials, row: connection.id.text, records: 1)
            await #expect(throws: KeyRotationRefusal.key("dk-1", refusal)) {
                _ = try await world.rotation.scheduleDestruction(of: "dk-1", actor: .system)
            }
            let event = AuditEvent(at: world.clock.now, actor: .system, action: .dataKeyDestructionScheduled)
            let step = DataKeyStep.scheduleDestruction(at: world.clock.now)
            let told = try await world.store.changeDataKey("dk-1", step, at: world.clock.now, audit: event)
            #expect(told == refusal, "the store says so by itself")
            #expect(try await world.key("dk-1").destroyAt == nil)
            #expect(try await world.recorded(.dataKeyDestructionScheduled).isEmpty)
        }
    }
}
