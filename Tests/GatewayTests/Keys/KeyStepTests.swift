import Foundation
import Gateway
import GatewayCore
import Storage
import StorageSQLite
import TestSupport
import Testing
import TokenVault

@Suite("Data keys, step by step") struct KeyStepTests {
    @Test("a key is generated enabled and seals nothing; promoted it seals everything, and the former one still opens")
    func generateAndPromote() async throws {
        let world = try await KeyWorld()
        let before = try await world.rows.connection(in: world.store, "before")
        let key = try await world.rotation.generate(actor: .commandLine)
        #expect(key.id == "dk-2" && key.state == "enabled" && key.activatedAt == nil)
        #expect(world.node.keyring.vault.primaryKeyID == DataKeyID(1))
        try await world.rotation.promote("dk-2", actor: .commandLine)
        #expect(try await world.keys() == ["dk-1": "enabled", "dk-2": "primary"])
        #expect(try await world.key("dk-2").activatedAt == world.clock.now)
        try await world.rows.connection(in: world.store, "after")
        #expect(try await world.store.recordCounts() == ["dk-1": 1, "dk-2": 1])
        #expect(try await world.unreadable().isEmpty)
        #expect(try await world.store.credential(of: before.id)?.keyID == "dk-1")
        #expect(try await world.recorded(.dataKeyGenerated).map(\.subject) == ["dk-1", "dk-2"])
        #expect(try await world.recorded(.dataKeyPromoted).map(\.subject) == ["dk-2"])
    }

    @Test("KEY-30: each step's entry has the reason behind what it was about, and none where none was given")
    func reasons() async throws {
        let world = try await KeyWorld()
        try await world.plant(1)
        let why = try ChangeReason("SEC-114 yearly")
        _ = try await world.rotation.rotate(reason: why, actor: .commandLine)
        try await world.rotation.retire("dk-1", reason: why, actor: .commandLine)
        _ = try await world.rotation.scheduleDestruction(of: "dk-1", after: 60, reason: why, actor: .commandLine)
        try await world.rotation.cancelDestruction(of: "dk-1", reason: why, actor: .commandLine)
        let steps: [(AuditAction, String)] = [
            (.dataKeyGenerated, "dk-2"), (.dataKeyPromoted, "dk-2"), (.resealBegun, "dk-2"), (.dataKeyRetired, "dk-1"),
            (.dataKeyDestructionScheduled, "dk-1"), (.dataKeyDestructionCancelled, "dk-1"),
        ]
        for (action, subject) in steps {
            let told = try await world.recorded(action).last?.subject
            #expect(told == subject + "; reason: SEC-114 yearly", "\(action)")
        }
        _ = try await world.rotation.rotate(actor: .commandLine)
        let silent = try await world.recorded(.dataKeyPromoted).last?.subject
        #expect(silent == "dk-3")
        #expect(try await world.recorded(.resealBegun).last?.subject == "dk-3")
    }

    @Test("numbers are never used again, a destroyed key's neither; of many at once each gets its own")
    func numbers() async throws {
        let world = try await KeyWorld()
        try await withThrowingTaskGroup(of: String?.self) { group in
            for _ in 0..<8 {
                group.addTask { try? await world.rotation.generate(actor: .system).id }
            }
            let made = try await group.reduce(into: [String]()) { if let id = $1 { $0.append(id) } }
            #expect(Set(made).count == made.count && !made.isEmpty)
        }
        let last = try #require(try await world.store.dataKeys().last)
        try await world.rotation.retire(last.id, actor: .system)
        _ = try await world.rotation.scheduleDestruction(of: last.id, after: 0, actor: .system)
        #expect(try await world.rotation.destroyDue() == [last.id])
        let next = try await world.rotation.generate(actor: .system)
        #expect(DataKeyID(next.id)?.number == (DataKeyID(last.id)?.number ?? 0) + 1)
    }

    @Test("KEY-02: from the promotion on nothing is stored under the old key, on any node, however old its keyring is")
    func everyNode() async throws {
        try await withKeyFile { world, _, open in
            let other = try await open()
            let late = try await world.anotherNode(over: other)
            try await world.rotation.generate(actor: .system)
            try await world.rotation.promote("dk-2", actor: .system)
            #expect(late.keyring.vault.primaryKeyID == DataKeyID(1), "it did not hear of the promotion")
            let stale = PlantedRows(vault: late.keyring.vault)
            await #expect(throws: StorageError.keyNotPrimary) { try await stale.connection(in: other) }
            await #expect(throws: StorageError.keyNotPrimary) { try await stale.pending(in: other) }
            await #expect(throws: StorageError.keyNotPrimary) { try await stale.revocation(in: other) }
            await #expect(throws: StorageError.keyNotPrimary) { try await stale.endpoint(in: other) }
            #expect(try await world.store.recordCounts().isEmpty)
            // A use case hears the refusal, catches up and seals again.
            let endpoints = WebhookEndpoints(
                store: other, credentials: CredentialVault(keyring: late.keyring), clock: world.clock,
                random: SystemRandomSource())
            _ = try await endpoints.create(
                tenant: .default, url: try #require(WebhookURL("https://hooks.example/a")), actor: .system)
            #expect(try await world.store.recordCounts() == ["dk-2": 1])
        }
    }

    @Test("KEY-03: a promotion is refused while a running node does not know the key; the node is named")
    func twoPhases() async throws {
        let world = try await KeyWorld()
        let old = try await world.store.keyringVersion()
        try await world.rotation.generate(actor: .system)
        let started = world.clock.now
        // It says that it lives, with the keyring it had, for as long as the promotion waits.
        func beat(_ version: Int64, at moment: Date) async throws {
            try await world.store.heartbeat(
                GatewayNode(id: "node-slow", startedAt: started, seenAt: moment, keyringVersion: version))
        }
        try await beat(old, at: started.addingTimeInterval(KeyRotation.silence))
        await #expect(throws: KeyRotationRefusal.nodeBehind(node: "node-slow", key: "dk-2")) {
            try await world.rotation.promote("dk-2", actor: .system)
        }
        #expect(try await world.keys() == ["dk-1": "primary", "dk-2": "enabled"])
        #expect(try await world.recorded(.dataKeyPromoted).isEmpty)
        try await beat(try await world.store.keyringVersion(), at: world.clock.now)
        try await world.rotation.promote("dk-2", actor: .system)
        #expect(try await world.keys()["dk-2"] == "primary")
    }

    @Test("KEY-03: the service that promotes does not wait for what it says of itself once a second")
    func ownNode() async throws {
        let world = try await KeyWorld()
        let old = try await world.store.keyringVersion()
        let late = try await world.anotherNode()
        let rotation = KeyRotation(
            store: world.store, keyring: late.keyring, clock: world.clock, random: SystemRandomSource(),
            node: "node-own"
        ) { _ in Issue.record("somebody was waited for") }
        try await world.rotation.generate(actor: .system)
        try await world.store.heartbeat(
            GatewayNode(id: "node-own", startedAt: world.clock.now, seenAt: world.clock.now, keyringVersion: old))
        try await rotation.promote("dk-2", actor: .system)
        // Not waited for, because it has looked: it seals under the key that it had not heard of.
        #expect(late.keyring.vault.primaryKeyID.description == "dk-2")
    }

    @Test("KEY-03: a node that was silent for long does not hold up a promotion")
    func deadNode() async throws {
        let world = try await KeyWorld()
        try await world.store.heartbeat(
            GatewayNode(
                id: "node-dead", startedAt: world.clock.now,
                seenAt: world.clock.now.addingTimeInterval(-KeyRotation.silence - 1), keyringVersion: 0))
        try await world.rotation.generate(actor: .system)
        try await world.rotation.promote("dk-2", actor: .system)
        #expect(try await world.keys()["dk-2"] == "primary")
    }

    @Test("KEY-04: a node that slept through a rotation reads nothing wrong and writes nothing until it has caught up")
    func sleeper() async throws {
        try await withKeyFile { world, _, open in
            let other = try await open()
            let sleeper = try await world.anotherNode(over: other)
            try await world.plant(2)
            _ = try await world.rotation.rotate(actor: .system)
            try await world.rotation.retire("dk-1", actor: .system)
            _ = try await world.rotation.scheduleDestruction(of: "dk-1", after: 0, actor: .system)
            #expect(try await world.rotation.destroyDue() == ["dk-1"])
            for row in try await world.store.everySealedRow() {
                for (column, bytes) in row.columns {
                    let record = try SealedRecord(parsing: bytes)
                    #expect(throws: VaultError.sealedUnderUnknownKey(DataKeyID(2)), "\(column)") {
                        _ = try sleeper.keyring.vault.open(record, in: Self.context(row, column))
                    }
                }
            }
            await #expect(throws: StorageError.keyNotPrimary) {
                try await PlantedRows(vault: sleeper.keyring.vault).endpoint(in: other)
            }
            try await sleeper.keyring.catchUp()
            #expect(try await world.unreadable(by: sleeper.keyring.vault).isEmpty)
            try await PlantedRows(vault: sleeper.keyring.vault).endpoint(in: other)
            #expect(try await world.store.recordCounts() == ["dk-2": 6])
        }
    }

    @Test(
        "KEY-13: a key that one row needs is not retired, whichever table it is in, and the row is named",
        arguments: SealedTable.allCases)
    func oneRowLeft(table: SealedTable) async throws {
        let world = try await KeyWorld()
        let row =
            switch table {
            case .credentials: try await world.rows.connection(in: world.store).id.text
            case .pendingAuthorizations: try await world.rows.pending(in: world.store).text
            case .pendingRevocations: try await world.rows.revocation(in: world.store).text
            case .webhookEndpoints: try await world.rows.endpoint(in: world.store).text
            }
        try await world.rotation.generate(actor: .system)
        try await world.rotation.promote("dk-2", actor: .system)
        let refusal = KeyRotationRefusal.key("dk-1", .needed(by: table, row: row, records: 1))
        await #expect(throws: refusal) { try await world.rotation.retire("dk-1", actor: .system) }
        #expect(refusal.explanation.message.contains(row) && refusal.explanation.message.contains(table.rawValue))
        #expect(try await world.keys()["dk-1"] == "enabled")
        #expect(try await world.recorded(.dataKeyRetired).isEmpty)
        _ = try await world.rotation.reseal(actor: .system)
        try await world.rotation.retire("dk-1", actor: .system)
        #expect(try await world.keys()["dk-1"] == "retired")
    }

    @Test("the primary key is neither retired nor destroyed, and no key skips a step")
    func order() async throws {
        let world = try await KeyWorld()
        await #expect(throws: KeyRotationRefusal.key("dk-1", .state("primary"))) {
            try await world.rotation.retire("dk-1", actor: .system)
        }
        await #expect(throws: KeyRotationRefusal.key("dk-1", .state("primary"))) {
            _ = try await world.rotation.scheduleDestruction(of: "dk-1", after: 0, actor: .system)
        }
        try await world.rotation.generate(actor: .system)
        await #expect(throws: KeyRotationRefusal.key("dk-2", .state("enabled"))) {
            _ = try await world.rotation.scheduleDestruction(of: "dk-2", after: 0, actor: .system)
        }
        await #expect(throws: KeyRotationRefusal.key("dk-9", .unknown)) {
            try await world.rotation.promote("dk-9", actor: .system)
        }
    }

    @Test("KEY-14: a key is destroyed after its delay and not before, unless somebody thinks better of it")
    func delay() async throws {
        let world = try await KeyWorld()
        try await world.rotation.generate(actor: .system)
        try await world.rotation.retire("dk-2", actor: .system)
        let due = try await world.rotation.scheduleDestruction(of: "dk-2", actor: .commandLine)
        #expect(due == world.clock.now.addingTimeInterval(7 * 24 * 3600))
        world.clock.advance(by: KeyRotation.destructionDelay - 1)
        #expect(try await world.rotation.destroyDue().isEmpty)
        try await world.rotation.cancelDestruction(of: "dk-2", actor: .commandLine)
        world.clock.advance(by: 100)
        #expect(try await world.rotation.destroyDue().isEmpty)
        #expect(try await world.keys()["dk-2"] == "retired")
        await #expect(throws: KeyRotationRefusal.key("dk-2", .notDue(nil))) {
            try await world.rotation.cancelDestruction(of: "dk-2", actor: .system)
        }
        _ = try await world.rotation.scheduleDestruction(of: "dk-2", after: 60, actor: .system)
        world.clock.advance(by: 60)
        #expect(try await world.rotation.destroyDue() == ["dk-2"])
        #expect(try await world.rotation.destroyDue().isEmpty)
        let steps: [AuditAction] = [.dataKeyDestructionScheduled, .dataKeyDestructionCancelled, .dataKeyDestroyed]
        for (step, count) in zip(steps, [2, 1, 1]) { #expect(try await world.recorded(step).count == count) }
        for delay in [-1, KeyRotation.longestDestructionDelay + 1, .infinity, .nan] {
            await #expect(throws: KeyRotationRefusal.delayOutOfRange) {
                _ = try await world.rotation.scheduleDestruction(of: "dk-2", after: delay, actor: .system)
            }
        }
    }

    @Test(
        "KEY-14: afterwards the wrapped key is in no file, no node has it, and a row that needs it says which is missing"
    )
    func nothingBringsItBack() async throws {
        try await withKeyFile { world, directory, open in
            let other = try await world.anotherNode(over: try await open())
            let connection = try await world.rows.connection(in: world.store)
            let backup = try #require(try await world.store.everySealedRow().first)
            let wrapped = try await world.key("dk-1").wrapped
            #expect(try files(in: directory, holding: wrapped) != [], "the search finds it while it is there")
            _ = try await world.rotation.rotate(actor: .system)
            try await world.rotation.retire("dk-1", actor: .system)
            _ = try await world.rotation.scheduleDestruction(of: "dk-1", after: 0, actor: .system)
            try await other.keyring.catchUp()
            #expect(try await world.rotation.destroyDue() == ["dk-1"])
            #expect(try files(in: directory, holding: wrapped) == [])
            #expect(try await world.key("dk-1").wrapped.isEmpty)
            try await other.keyring.catchUp()
            let record = try SealedRecord(parsing: try #require(backup.columns["access_token"]))
            for node in [world.node, other] {
                #expect(throws: VaultError.sealedUnderUnknownKey(DataKeyID(1))) {
                    _ = try node.keyring.vault.open(record, in: PlantedRows.context(connection, "access_token"))
                }
            }
            await #expect(throws: KeyRotationRefusal.key("dk-1", .state("destroyed"))) {
                try await world.rotation.cancelDestruction(of: "dk-1", actor: .system)
            }
            #expect(VaultError.sealedUnderUnknownKey(DataKeyID(1)).explanation.message.contains("dk-1"))
        }
    }

    @Test("KEY-14: a row that came back after the schedule keeps the key from being destroyed")
    func neededAgain() async throws {
        try await withKeyFile { world, _, _ in
            let connection = try await world.rows.connection(in: world.store)
            let old = try #require(try await world.store.credential(of: connection.id))
            _ = try await world.rotation.rotate(actor: .system)
            try await world.rotation.retire("dk-1", actor: .system)
            _ = try await world.rotation.scheduleDestruction(of: "dk-1", after: 0, actor: .system)
            try world.file.restore(old)
            #expect(try await world.rotation.destroyDue().isEmpty)
            #expect(try await world.keys()["dk-1"] == "retired")
            #expect(try await world.unreadable().isEmpty)
        }
    }

    @Test("KEY-15: records under keys older than the oldest that may open are refused by a name of their own, and kept")
    func oldest() async throws {
        let world = try await KeyWorld()
        let connection = try await world.rows.connection(in: world.store)
        try await world.rotation.generate(actor: .system)
        await #expect(throws: KeyRotationRefusal.key("dk-2", .state("enabled"))) {
            _ = try await world.rotation.setOldestOpening("dk-2", actor: .system)
        }
        try await world.rotation.promote("dk-2", actor: .system)
        let other = try await world.anotherNode()
        #expect(try await world.rotation.setOldestOpening("dk-2", actor: .commandLine) == 1)
        try await other.keyring.catchUp()
        let row = try #require(try await world.store.everySealedRow().first)
        let record = try SealedRecord(parsing: try #require(row.columns["access_token"]))
        for node in [world.node, other] {
            #expect(throws: VaultError.sealedUnderOldKey(DataKeyID(1))) {
                _ = try node.keyring.vault.open(record, in: PlantedRows.context(connection, "access_token"))
            }
        }
        #expect(try await world.rotation.standing().keys.map(\.isShutOut) == [true, false])
        #expect(try await world.store.recordCounts() == ["dk-1": 1], "nothing is deleted")
        let resealed = try await world.rotation.reseal(actor: .system)
        #expect(resealed.unreadable == ["credentials \(connection.id.text)"])
        #expect(try await world.rotation.setOldestOpening(nil, actor: .commandLine) == 0)
        #expect(try await world.unreadable().isEmpty)
        #expect(try await world.recorded(.oldestOpeningKeySet).map(\.subject) == ["dk-2", "none"])
    }

    @Test("KEY-15 CR-19: the limit is the audit log's word: nobody lifts it by a column, and it says why it was set")
    func limitIsLogged() async throws {
        try await withKeyFile { world, _, _ in
            try await world.rows.connection(in: world.store)
            _ = try await world.rotation.rotate(actor: .system)
            let why = try ChangeReason("dk-1 leaked")
            _ = try await world.rotation.setOldestOpening("dk-2", reason: why, actor: .commandLine)
            try world.file.execute("UPDATE keyring_version SET oldest_opening = NULL")
            #expect(try await world.store.oldestOpeningKey() == "dk-2")
            let standing = try await world.anotherNode().rotation.standing()
            #expect(standing.oldestOpening == "dk-2" && standing.keys.map(\.isShutOut) == [true, false])
            // One that cannot be read is not taken for none.
            try await world.store.append([
                AuditEvent(
                    at: world.clock.now, actor: .commandLine, action: .oldestOpeningKeySet, subject: "dk-two")
            ])
            await #expect(throws: StorageError.damaged) { _ = try await world.anotherNode() }
        }
    }

    @Test(
        "KEY-14: a reader that holds the log keeps a destroyed key's remnant; it is remembered across a kill, and purged later"
    )
    func remnantIsRemembered() async throws {
        try await withKeyFile { world, directory, open in
            try await world.rows.connection(in: world.store)
            _ = try await world.rotation.rotate(actor: .system)
            try await world.rotation.retire("dk-1", actor: .system)
            _ = try await world.rotation.scheduleDestruction(of: "dk-1", after: 0, actor: .system)
            let wrapped = try await world.key("dk-1").wrapped
            let reader = try world.file.holdRead()
            #expect(try await world.rotation.destroyDue() == ["dk-1"])
            #expect(try await world.store.hasRemnants())
            #expect(try files(in: directory, holding: wrapped) != [], "and so it is")
            // Another process, which heard nothing of the destruction.
            let later = try await open()
            #expect(try await later.hasRemnants())
            let purge = RemnantPurge(store: later)
            #expect(try await purge.round() == .held, "said once")
            for _ in 0..<4 { #expect(try await purge.round() == nil) }
            #expect(try await world.store.hasRemnants())
            try reader.release()
            var deeds: [RemnantPurge.Deed] = []
            for _ in 0..<5 { if let deed = try await purge.round() { deeds.append(deed) } }
            #expect(deeds == [.purged])
            #expect(try await !world.store.hasRemnants())
            #expect(try files(in: directory, holding: wrapped) == [])
        }
    }

    @Test(
        "KEY-14: a purge that another process was faster with is told as done, and one that nobody was told of is not")
    func purgedElsewhere() async throws {
        try await withKeyFile { world, _, open in
            let purge = RemnantPurge(store: try await open())
            #expect(try await purge.round() == nil)
            try await world.rotation.generate(actor: .system)
            try await world.rotation.retire("dk-2", actor: .system)
            _ = try await world.rotation.scheduleDestruction(of: "dk-2", after: 0, actor: .system)
            let reader = try world.file.holdRead()
            #expect(try await world.rotation.destroyDue() == ["dk-2"])
            #expect(try await purge.round() == .held)
            try reader.release()
            #expect(try await world.store.purgeRemnants())
            #expect(try await purge.round() == .purged)
            #expect(try await purge.round() == nil)
        }
    }

    @Test(
        "KEY-28: a row of a backup from before the rotation opens under the retired key, and shows as such until resealed"
    )
    func oldBackup() async throws {
        try await withKeyFile { world, _, _ in
            let connection = try await world.rows.connection(in: world.store)
            let old = try #require(try await world.store.credential(of: connection.id))
            _ = try await world.rotation.rotate(actor: .system)
            try await world.rotation.retire("dk-1", actor: .system)
            try world.file.restore(old)
            #expect(try await world.unreadable().isEmpty)
            let standing = try await world.rotation.standing()
            #expect(standing.keys.map(\.needsReseal) == [true, false])
            #expect(standing.keys.map(\.records) == [1, 0])
            let proof = try await world.rotation.verify(actor: .system)
            #expect(!proof.isComplete && proof.leftBehind == 1)
            _ = try await world.rotation.reseal(actor: .system)
            #expect(try await world.store.recordCounts() == ["dk-2": 1])
            #expect(try await world.rotation.verify(actor: .system).isComplete)
        }
    }

    @Test("KEY-28: a key that was retired can be promoted no more, so nothing new comes under it")
    func retiredStaysRetired() async throws {
        let world = try await KeyWorld()
        try await world.rotation.generate(actor: .system)
        try await world.rotation.retire("dk-2", actor: .system)
        await #expect(throws: KeyRotationRefusal.key("dk-2", .state("retired"))) {
            try await world.rotation.promote("dk-2", actor: .system)
        }
    }

    static func context(_ row: SealedRow, _ column: String) -> SealingContext {
        SealingContext(
            tenant: row.tenant.text, table: row.table.rawValue, row: row.row, column: column,
            generation: row.generation, organization: row.organization)
    }
}
