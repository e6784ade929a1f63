import Foundation
import Gateway
import GatewayCore
import Storage
import StorageSQLite
import Synchronization
import TestSupport
import Testing
import TokenVault

@Suite("Resealing") struct ResealTests {
    @Test("every record in every sealed table ends under the primary key, each row once, and opens all the while")
    func everything() async throws {
        let world = try await KeyWorld()
        try await world.plant(10)
        try await world.promoteNew()
        let runs = Mutex<[ResealRun]>([])
        let resealed = try await world.rotation.reseal(actor: .commandLine) { run in runs.withLock { $0.append(run) } }
        #expect(resealed.run.state == .completed && resealed.unreadableCount == 0)
        #expect(resealed.run.done == 13 && resealed.run.total == 13 && resealed.run.overtaken == 0)
        #expect(runs.withLock { $0.map(\.done) } == [0, 3, 6, 9, 10, 11, 12, 13, 13])
        #expect(try await world.store.recordCounts() == ["dk-2": 13])
        #expect(try await world.unreadable().isEmpty)
        #expect(try await world.recorded(.resealBegun).map(\.subject) == ["dk-2"])
        #expect(
            try await world.recorded(.resealCompleted).map(\.subject) == ["dk-2 done=13 overtaken=0 unreadable=0"])
    }

    @Test("KEY-05: a reseal takes one transaction for thousands of rows; how fast that is, `make bench` measures")
    func batches() async throws {
        try await withKeyFile { world, directory, _ in
            let node = try await KeyNode(
                store: world.store, rootKey: world.rootKey, clock: world.clock, batch: KeyRotation.batch)
            let vault = Vault(
                keyring: try await KeyringLoader(store: world.store, clock: world.clock).load(rootKey: world.rootKey))
            try await PlantedRows(vault: vault).many(5_001, at: directory + "/store.db")
            try await world.promoteNew()
            let writes = Mutex(0)
            world.store.beforeEach(.advanceReseal) { writes.withLock { $0 += 1 } }
            let resealed = try await node.rotation.reseal(actor: .system)
            #expect(resealed.run.done == 5_001 && writes.withLock { $0 } == 2)
        }
    }

    @Test("a resealed token is the same token, at the same generation")
    func sameToken() async throws {
        let world = try await KeyWorld()
        let connection = try await world.rows.connection(in: world.store, token: "one of a kind")
        try await world.promoteNew()
        _ = try await world.rotation.reseal(actor: .system)
        let credential = try #require(try await world.store.credential(of: connection.id))
        #expect(credential.keyID == "dk-2" && credential.generation == 1)
        #expect(try world.token(credential, of: connection) == "access one of a kind")
    }

    @Test("KEY-01: no read fails while keys are rotated, on a node that only looks at the keyring now and then")
    func reading() async throws {
        try await withKeyFile { world, _, open in
            let reader = try await open()
            let node = try await world.anotherNode(over: reader)
            let connections = try await world.plant(40)
            let isOver = Mutex(false)
            async let read = Self.readOn(connections, reader, node) { isOver.withLock { $0 } }
            for _ in 0..<3 {
                try await world.heartbeat(node, in: reader)
                _ = try await world.rotation.generate(actor: .system)
                try await node.keyring.catchUp()
                try await world.heartbeat(node, in: reader)
                let id = try #require(try await world.store.dataKeys().last?.id)
                try await world.rotation.promote(id, actor: .system)
                _ = try await world.rotation.reseal(actor: .system)
                #expect(try await world.rotation.verify(actor: .system).isComplete)
            }
            isOver.withLock { $0 = true }
            let (reads, failures) = try await read
            #expect(failures == [] && reads > 40)
        }
    }

    @Test("KEY-07: a row that was renewed while it was being resealed keeps the newer token")
    func overtaken() async throws {
        let world = try await KeyWorld()
        let connection = try await world.rows.connection(in: world.store, token: "old")
        try await world.promoteNew()
        world.store.before(.advanceReseal) {
            try await world.rows.renew(connection, in: world.store, token: "new")
        }
        let resealed = try await world.rotation.reseal(actor: .system)
        #expect(resealed.run.done == 0 && resealed.run.overtaken == 1)
        let credential = try #require(try await world.store.credential(of: connection.id))
        #expect(credential.generation == 2)
        let renewed = try #require(try await world.store.connection(connection.id))
        #expect(try world.token(credential, of: renewed) == "access new")
        #expect(try await world.rotation.verify(actor: .system).isComplete)
    }

    @Test("KEY-07: of renewals at random moments of many reseals none is lost")
    func interleavings() async throws {
        let world = try await KeyWorld()
        var connections = try await world.plant(12)
        for round in 0..<12 {
            try await world.promoteNew()
            let (before, store, rows) = (connections, world.store, world.rows)
            async let renewed = Self.renewAll(before, in: store, rows, token: "round \(round)")
            _ = try await world.rotation.reseal(actor: .system)
            connections = try await renewed
            for connection in connections {
                let credential = try #require(try await world.store.credential(of: connection.id))
                #expect(credential.generation == connection.generation)
                #expect(try world.token(credential, of: connection) == "access round \(round)")
            }
            _ = try await world.rotation.reseal(actor: .system)
            #expect(try await world.store.recordCounts() == ["dk-\(round + 2)": 15])
        }
    }

    @Test(
        "KEY-08: a disk that refuses in the middle stops it, which shows; repaired, it goes on from there",
        arguments: [StorageError.unwritable, .busy])
    func refusingDisk(error: StorageError) async throws {
        let world = try await KeyWorld()
        try await world.plant(9)
        try await world.promoteNew()
        let batches = Mutex(0)
        await #expect(throws: error) {
            _ = try await world.rotation.reseal(actor: .system) { _ in
                let count = batches.withLock {
                    $0 += 1
                    return $0
                }
                if count == 3 { world.store.fail(.advanceReseal, with: error) }
            }
        }
        let standing = try await world.rotation.standing()
        #expect(standing.reseal?.state == .running && standing.reseal?.done == 6 && !standing.isResealHeld)
        #expect(try await world.unreadable().isEmpty)
        #expect(try await world.store.recordCounts() == ["dk-1": 6, "dk-2": 6])
        world.store.heal(.advanceReseal)
        let resealed = try await world.rotation.reseal(actor: .system)
        #expect(resealed.run.id == standing.reseal?.id && resealed.run.done == 12)
        #expect(try await world.store.recordCounts() == ["dk-2": 12])
    }

    @Test("KEY-09: a rotation that is asked for while another is under way goes on with that one and its key")
    func merged() async throws {
        let world = try await KeyWorld()
        try await world.plant(9)
        world.store.fail(.advanceReseal)
        await #expect(throws: StorageError.unwritable) { _ = try await world.rotation.rotate(actor: .system) }
        world.store.heal(.advanceReseal)
        let proof = try await world.rotation.rotate(actor: .system)
        #expect(proof.isComplete && proof.primary == "dk-2")
        #expect(try await world.keys() == ["dk-1": "enabled", "dk-2": "primary"])
        #expect(try await world.store.latestReseal()?.id == 1, "the run was taken up, not begun anew")
        #expect(try await world.recorded(.resealBegun).count == 2, "AUD-01: and whoever took it up is written down")
    }

    @Test(
        "KEY-09: a key promoted in the middle, here or by another process, ends the run towards the former one, and nothing becomes unreadable",
        arguments: [false, true])
    func promotedInTheMiddle(elsewhere: Bool) async throws {
        let world = try await KeyWorld()
        try await world.plant(9)
        try await world.promoteNew()
        let rotation = elsewhere ? try await world.anotherNode().rotation : world.rotation
        world.store.before(.advanceReseal) {
            try await rotation.promote(try await rotation.generate(actor: .system).id, actor: .system)
        }
        await #expect(throws: KeyRotationRefusal.ended) { _ = try await world.rotation.reseal(actor: .system) }
        #expect(try await world.recorded(.resealCompleted).isEmpty)
        try await world.node.keyring.catchUp()
        #expect(try await world.unreadable().isEmpty)
        let resealed = try await world.rotation.reseal(actor: .system)
        #expect(resealed.run.target == "dk-3")
        #expect(try await world.store.recordCounts() == ["dk-3": 12])
        #expect(try await world.rotation.verify(actor: .system).isComplete)
    }

    @Test("KEY-10: an abandoned reseal is rolled forward by the next one, which does only what is left")
    func forward() async throws {
        let world = try await KeyWorld()
        try await world.plant(9)
        try await world.abandonAfterFirstBatch()
        #expect(try await world.store.recordCounts() == ["dk-1": 9, "dk-2": 3])
        #expect(try await world.unreadable().isEmpty)
        let resealed = try await world.rotation.reseal(actor: .system)
        #expect(resealed.run.total == 9 && resealed.run.done == 9)
        #expect(try await world.store.recordCounts() == ["dk-2": 12])
    }

    @Test("KEY-10: or rolled back: the former key is promoted again, and a reseal brings everything home")
    func back() async throws {
        let world = try await KeyWorld()
        try await world.plant(9)
        try await world.abandonAfterFirstBatch()
        try await world.rotation.promote("dk-1", actor: .system)
        let resealed = try await world.rotation.reseal(actor: .system)
        #expect(resealed.run.total == 3 && resealed.run.done == 3)
        #expect(try await world.store.recordCounts() == ["dk-1": 12])
        #expect(try await world.unreadable().isEmpty)
        try await world.rotation.retire("dk-2", actor: .system)
    }

    @Test("KEY-11: a limit spreads the rows over time, and another one takes effect while it runs")
    func throttle() async throws {
        let world = try await KeyWorld()
        try await world.plant(27)
        try await world.promoteNew()
        let batches = Mutex<[Int]>([])
        let start = world.clock.now
        _ = try await world.reseal(rowsPerSecond: 1) { run in
            batches.withLock { $0.append(run.done) }
        } beforeEachBatch: { run in
            guard run.done == 4 else { return }
            _ = try await world.rotation.steer(.throttle(rowsPerSecond: 2), actor: .commandLine)
        }
        let sizes = batches.withLock { zip($0, $0.dropFirst()).map { $1 - $0 } }
        #expect(sizes.prefix(4).allSatisfy { $0 == 1 } && sizes.dropFirst(6).contains(2))
        #expect(world.clock.now.timeIntervalSince(start) > 10, "it rested in between")
        #expect(try await world.recorded(.resealThrottled).map(\.subject) == ["2 rows a second"])
        await #expect(throws: KeyRotationRefusal.speedOutOfRange) {
            _ = try await world.rotation.steer(.throttle(rowsPerSecond: 0), actor: .system)
        }
    }

    @Test("KEY-11: a paused reseal holds still, is seen to live, and goes on when it is let")
    func pause() async throws {
        let world = try await KeyWorld()
        try await world.plant(9)
        try await world.promoteNew()
        let looks = Mutex(0)
        let rotation = world.rotation(pausing: {
            let look = looks.withLock {
                $0 += 1
                return $0
            }
            let run = try await world.store.latestReseal()
            #expect(run?.state == .paused && run?.done == 3)
            #expect(try await world.rotation.standing().isResealHeld)
            world.clock.advance(by: 5)
            if look == 20 { _ = try await world.rotation.steer(.resume, actor: .commandLine) }
        })
        let isPaused = Mutex(false)
        world.store.before(.advanceReseal) {
            if !isPaused.withLock({ $0 }) { _ = try await world.rotation.steer(.pause, actor: .commandLine) }
            isPaused.withLock { $0 = true }
        }
        let resealed = try await rotation.reseal(actor: .system)
        #expect(resealed.run.done == 12 && looks.withLock { $0 } == 20)
        #expect(try await world.recorded(.resealPaused).map(\.subject) == ["paused"])
    }

    @Test("KEY-11, AUD-01: a paused reseal whose process is gone goes on by nobody's command but resume")
    func pausedAndLeft() async throws {
        let world = try await KeyWorld()
        try await world.plant(9)
        try await world.promoteNew()
        _ = try await world.node.desk.start(actor: .system)
        _ = try await world.rotation.steer(.pause, actor: .commandLine)
        world.clock.advance(by: KeyRotation.hold + 1)
        await #expect(throws: KeyRotationRefusal.paused) { _ = try await world.rotation.reseal(actor: .system) }
        #expect(try await world.store.latestReseal()?.state == .paused)
        _ = try await world.rotation.steer(.resume, actor: .commandLine)
        let why = try ChangeReason("SEC-12")
        #expect(try await world.rotation.reseal(reason: why, actor: .commandLine).run.done == 12)
        let begun = try await world.recorded(.resealBegun)
        #expect(begun.map(\.subject) == ["dk-2", "resumed", "dk-2; reason: SEC-12"])
        #expect(begun.map(\.actor) == [.system, .commandLine, .commandLine])
    }

    @Test("KEY-12: rows that a killed reseal could not open are in what the next one says when it has ended")
    func unreadableBefore() async throws {
        try await withKeyFile { world, _, _ in
            let connections = try await world.plant(9)
            try await world.promoteNew()
            let first = try #require(connections.map(\.id.text).min())
            try world.file.execute("UPDATE credentials SET access_token = x'00' WHERE connection_id = '\(first)'")
            let batches = Mutex(0)
            await #expect(throws: StorageError.unwritable) {
                _ = try await world.rotation.reseal(actor: .system) { _ in
                    batches.withLock { $0 += 1 }
                    if batches.withLock({ $0 }) == 2 { world.store.fail(.advanceReseal) }
                }
            }
            world.store.heal(.advanceReseal)
            let resealed = try await world.rotation.reseal(actor: .system)
            #expect(resealed.unreadableCount == 1 && resealed.unreadable.isEmpty)
            let entry = try #require(try await world.recorded(.resealCompleted).last)
            #expect(entry.outcome == .failed(code: "reseal.unreadable"))
            #expect(entry.subject == "dk-2 done=11 overtaken=0 unreadable=1")
        }
    }

    @Test("KEY-27: of two reseals at once one wins, the other is told and changes nothing")
    func two() async throws {
        let world = try await KeyWorld()
        try await world.plant(9)
        try await world.promoteNew()
        let other = try await world.anotherNode()
        let told = Mutex(0)
        let resealed = try await world.reseal { run in
            guard run.state == .running else { return }
            await #expect(throws: KeyRotationRefusal.heldElsewhere) {
                _ = try await other.rotation.begin(actor: .commandLine)
            }
            await #expect(throws: KeyRotationRefusal.heldElsewhere) {
                _ = try await world.node.desk.start(actor: .commandLine)
            }
            told.withLock { $0 += 1 }
        }
        #expect(resealed.run.done == 12 && told.withLock { $0 } > 3)
        #expect(try await world.recorded(.resealBegun).count == 1)
    }

    @Test("KEY-27: a run that was taken over does not write on when its first holder wakes up")
    func wokenUp() async throws {
        let world = try await KeyWorld()
        try await world.plant(9)
        try await world.promoteNew()
        let other = try await world.anotherNode()
        world.store.before(.advanceReseal) {
            // As long as a stopped process or a suspended machine.
            world.clock.advance(by: KeyRotation.hold + 1)
            _ = try await other.rotation.begin(actor: .system)
        }
        await #expect(throws: KeyRotationRefusal.heldElsewhere) {
            _ = try await world.rotation.reseal(actor: .system)
        }
        #expect(try await world.store.latestReseal()?.done == 0)
        #expect(try await world.store.recordCounts() == ["dk-1": 12])
    }

    @Test("KEY-06: a command that is started right after a kill waits for the dead holder and goes on where it was")
    func afterAKill() async throws {
        let world = try await KeyWorld()
        try await world.plant(9)
        try await world.promoteNew()
        let run = try await world.rotation.begin(actor: .system)
        // Killed: nobody lets go of it.
        let resealed = try await world.anotherNode().rotation.reseal(actor: .system)
        #expect(resealed.run.id == run.id && resealed.run.done == 12)
        #expect(try await world.recorded(.resealBegun).count == 2, "AUD-01: whoever took it over is written down")
    }

    @Test("CR-10, CR-11, CR-12, CR-13: a reseal does not heal what was moved: it is left as it is, and named")
    func moved() async throws {
        try await withKeyFile { world, _, _ in
            let (one, two) = (
                try await world.rows.connection(in: world.store, "one", token: "of one"),
                try await world.rows.connection(in: world.store, "two", token: "of two")
            )
            let stolen = try #require(try await world.store.credential(of: two.id))
            try world.file.execute(
                "UPDATE credentials SET access_token = ? WHERE connection_id = ?", [stolen.accessToken], [one.id.text])
            // The columns of the other row change places.
            try world.file.execute(
                "UPDATE credentials SET access_token = refresh_token, refresh_token = access_token "
                    + "WHERE connection_id = ?", [], [two.id.text])
            try await world.promoteNew()
            let resealed = try await world.rotation.reseal(actor: .system)
            #expect(Set(resealed.unreadable) == ["credentials \(one.id.text)", "credentials \(two.id.text)"])
            #expect(try await world.store.credential(of: one.id)?.accessToken == stolen.accessToken)
            #expect(
                try await world.recorded(.resealCompleted).map(\.outcome) == [.failed(code: "reseal.unreadable")])
            let proof = try await world.rotation.verify(actor: .system)
            #expect(!proof.isComplete && proof.unreadableCount == 2)
        }
    }

    private static func readOn(
        _ connections: [Connection], _ store: any GatewayStore, _ node: KeyNode,
        until isOver: @Sendable () -> Bool
    ) async throws -> (reads: Int, failures: [String]) {
        var (reads, failures) = (0, [String]())
        while !isOver() || reads < 100 {
            for connection in connections {
                reads += 1
                let credential = try await store.credential(of: connection.id)
                let opened = try? node.keyring.vault.open(
                    SealedRecord(parsing: credential?.accessToken ?? []),
                    in: PlantedRows.context(connection, "access_token"))
                if opened == nil { failures.append("\(connection.subdomain) under \(credential?.keyID ?? "nothing")") }
            }
            await Task.yield()
        }
        return (reads, failures)
    }

    private static func renewAll(
        _ connections: [Connection], in store: any GatewayStore, _ rows: PlantedRows, token: String
    ) async throws -> [Connection] {
        var renewed: [Connection] = []
        for connection in connections.shuffled() {
            renewed.append(try await rows.renew(connection, in: store, token: token))
            await Task.yield()
        }
        return renewed
    }
}

extension KeyWorld {
    /// A new key, promoted.
    func promoteNew() async throws {
        let id = try await rotation.generate(actor: .system).id
        try await rotation.promote(id, actor: .system)
    }

    func heartbeat(_ node: KeyNode, in store: any GatewayStore) async throws {
        try await store.heartbeat(
            GatewayNode(
                id: "node-reader", startedAt: clock.now, seenAt: clock.now, keyringVersion: node.keyring.version))
    }

    func token(_ credential: SealedCredential, of connection: Connection) throws -> String {
        try node.keyring.vault.open(
            SealedRecord(parsing: credential.accessToken), in: PlantedRows.context(connection, "access_token")
        ).exposeText()
    }

    func abandonAfterFirstBatch() async throws {
        try await promoteNew()
        await #expect(throws: KeyRotationRefusal.ended) {
            _ = try await reseal { [rotation] run in
                if run.done == 3 { _ = try await rotation.steer(.abandon, actor: .commandLine) }
            }
        }
        #expect(try await store.latestReseal()?.state == .abandoned)
    }

    /// A reseal with something done before each batch is written, which is told how far it is.
    func reseal(
        rowsPerSecond: Int? = nil, report: @Sendable (ResealRun) -> Void = { _ in },
        beforeEachBatch body: @escaping @Sendable (ResealRun) async throws -> Void
    ) async throws -> KeyRotation.Resealed {
        store.beforeEach(.advanceReseal) { [store] in
            if let run = try await store.latestReseal() { try await body(run) }
        }
        defer { store.beforeEach(.advanceReseal, nil) }
        return try await rotation.reseal(rowsPerSecond: rowsPerSecond, actor: .system, report: report)
    }

    /// The same process with another way of waiting.
    func rotation(pausing: @escaping @Sendable () async throws -> Void) -> KeyRotation {
        KeyRotation(
            store: store, keyring: node.keyring, clock: clock, random: SystemRandomSource(), batch: 3
        ) { _ in try await pausing() }
    }
}
