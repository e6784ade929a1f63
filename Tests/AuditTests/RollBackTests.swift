import AuditTrail
import Foundation
import GRDB
import Gateway
import GatewayCore
import Storage
import TestSupport
import Testing

@testable import StorageSQLite

@Suite("A log that went back in time or another way") struct RollBackTests {
    /// The database as it is now, for later.
    private static func copy(of world: AuditWorld) async throws -> SQLiteStore {
        let copy = try SQLiteStore.inMemory()
        try world.store.writer.backup(to: copy.writer)
        return copy
    }

    @Test(
        "AUD-06: a tail cut off by somebody who can compute the tree is found by a checkpoint kept elsewhere, and only by it"
    )
    func truncation() async throws {
        let world = try AuditWorld()
        _ = try await world.log.keys()
        try await world.append(40)
        try await world.log.checkpoint()
        let last = try await world.store.auditTreeHead().size
        for kept in [last - 1, last / 2, 1] {
            let cut = try AuditWorld(
                store: try await Self.copy(of: world), clock: world.clock, rootKey: world.rootKey,
                witness: world.witness)
            try await cut.tamper { database in
                try database.execute(
                    sql: #"DELETE FROM audit_log WHERE "index" > ?; DELETE FROM audit_checkpoints"#, arguments: [kept])
                try AuditWorld.rebuildTree(database)
            }
            #expect(try await cut.store.readAuditTree(rootsAt: []).fault == nil, "in itself nothing is wrong")
            #expect(try await cut.verify(elsewhere: []).problem == nil)
            let found = try #require(try await cut.verify().problem)
            #expect(found == .truncated(log: kept, signed: last) && found.firstIndex == kept + 1)
            #expect(try await cut.log.startCheck() == .older(checkpoint: last, log: kept))
        }
    }

    @Test("AUD-06: what a checkpoint does not cover yet is at most one second of entries")
    func unsignedTail() async throws {
        let world = try AuditWorld()
        try await world.append(5)
        try await world.log.checkpoint()
        try await world.append(1, from: 6)
        // One turn of the service's clock later nothing is left uncovered.
        try await world.log.checkpoint()
        let size = try await world.store.auditTreeHead().size
        #expect(try await world.store.newestAuditCheckpoint()?.size == size && world.witness.notes.count == 2)
        // Without a new entry there is no new note.
        #expect(try await world.log.checkpoint() == nil && world.witness.notes.count == 2)
    }

    @Test("AUD-07: a chain rebuilt with the service's own key is found by a checkpoint kept elsewhere")
    func rebuilt() async throws {
        let world = try AuditWorld()
        for part in 0..<3 {
            try await world.append(10, from: part * 10 + 1)
            try await world.log.checkpoint()
        }
        let second = try #require(try await world.store.auditCheckpoints().dropFirst().first).size
        try await world.tamper { database in
            try database.execute(sql: #"UPDATE audit_log SET actor_id = 'nobody' WHERE "index" = 15"#)
            try database.execute(sql: "DELETE FROM audit_checkpoints")
            try AuditWorld.rebuildTree(database)
        }
        let forger = try AuditWorld(
            store: world.store, clock: world.clock, rootKey: world.rootKey, witness: WitnessShelf())
        #expect(try await forger.log.checkpoint() != nil, "the key is the service's own")
        #expect(try await forger.verify().problem == nil)
        let first = second - 10
        let found = try #require(try await world.verify().problem)
        #expect(
            found == .rewritten(first + 1...second), "between the last note that agrees and the first that does not")
        #expect(try await world.log.startCheck().isDoubtful)
    }

    @Test("AUD-07: a log made anew with a key of its own is a stranger")
    func madeAnew() async throws {
        let world = try AuditWorld()
        try await world.append(10)
        try await world.log.checkpoint()
        let other = try AuditWorld(witness: world.witness)
        try await other.append(20)
        _ = try await other.log.keys()
        #expect(try await other.log.startCheck() == .stranger)
        #expect(try await other.verify().problem == .stranger)
    }

    @Test("AUD-08: of two logs that parted neither is the beginning of the other, and the proof says where they agree")
    func fork() async throws {
        let world = try AuditWorld()
        try await world.append(20)
        try await world.log.checkpoint()
        let common = try await world.store.auditTreeHead()
        let other = try AuditWorld(
            store: try await Self.copy(of: world), clock: world.clock, rootKey: world.rootKey)
        try await world.append(7, from: 100)
        try await other.append(9, from: 200)
        let (one, two) = (try await world.store.auditTreeHead(), try await other.store.auditTreeHead())
        func proves(_ store: SQLiteStore, from old: AuditTreeHead, to new: AuditTreeHead) async throws -> Bool {
            let hashes = try #require(try await store.auditConsistencyProof(from: old.size, to: new.size))
            return ConsistencyProof(old: old.size, new: new.size, hashes: hashes.compactMap { TreeHash($0) })
                .holds(from: try #require(TreeHash(old.root)), to: try #require(TreeHash(new.root)))
        }
        #expect(try await proves(world.store, from: common, to: one))
        #expect(try await proves(other.store, from: common, to: two))
        #expect(try await !proves(other.store, from: one, to: two), "the fork")
        try await world.log.checkpoint()
        #expect(
            try await other.verify(elsewhere: world.witness.notes).problem == .rewritten(common.size + 1...one.size))
    }

    @Test(
        "AUD-09: with a clock that goes back and a restart in between indexes go on, and verification names the entry")
    func clockBack() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "latchkey-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: directory) }
        let path = directory.appending(path: "store.db").path
        let clock = HandClock()
        for (turn, step) in [0.0, -3600, 7200, -1].enumerated() {
            clock.advance(by: step)
            let store = try await SQLiteStore.open(path: path, createIfMissing: true)
            try await store.append([AuditWorld.event(turn, at: clock.now), AuditWorld.event(turn + 50, at: clock.now)])
            try store.close()
        }
        let world = try AuditWorld(store: try await SQLiteStore.open(path: path, createIfMissing: false), clock: clock)
        let indexes = try await world.store.auditEntries(after: 0, limit: 100).map(\.index)
        #expect(indexes == Array(1...8))
        let report = try await world.verify()
        #expect(report.problem == nil && report.stepsBack == 2 && report.firstStepBack == 3)
        try world.store.close()
    }

    @Test(
        "CR-18 KEY-29: a database put back is known at the start, signs nothing, and says so until somebody accepts it")
    func restored() async throws {
        let world = try AuditWorld()
        try await world.append(5)
        try await world.log.checkpoint()
        let backup = try await Self.copy(of: world)
        try await world.append(5, from: 6)
        try await world.log.checkpoint()
        let (signed, size) = (try await world.store.auditTreeHead().size, try await backup.auditTreeHead().size)
        let restored = try AuditWorld(
            store: backup, clock: world.clock, rootKey: world.rootKey, witness: world.witness)

        #expect(try await restored.log.startCheck() == .older(checkpoint: signed, log: size))
        #expect(try await restored.log.checkpoint() == nil && world.witness.notes.count == 2)
        #expect(restored.metrics.text().contains("latchkey_audit_database_older_than_checkpoint 1"))
        let told = try await backup.auditEntries(after: size, limit: 10).map(\.event)
        #expect(told.map(\.action) == [.backupRestored])
        #expect(told.first?.outcome == .failed(code: "audit.database_older"))
        // It goes on by itself beyond the size that was signed, and is another log all the same.
        try await restored.append(10, from: 50)
        #expect(try await restored.log.startCheck() == .different(checkpoint: signed))

        _ = try await restored.log.acceptRestore(actor: .commandLine)
        #expect(restored.log.standing == .sound && world.witness.notes.count == 3)
        #expect(try await restored.log.startCheck() == .sound)
        let accepted = try #require(try await backup.auditEntries(after: 0, limit: 100).map(\.event).last)
        #expect(accepted.action == .backupRestored && accepted.actor == .commandLine && accepted.outcome == .succeeded)
        #expect(restored.metrics.text().contains("latchkey_audit_database_older_than_checkpoint 0"))
    }

    @Test(
        "KEY-25: after the signing key was replaced the chain goes on, and each part is signed by the key of its time")
    func keyReplaced() async throws {
        let world = try AuditWorld()
        try await world.append(5)
        try await world.log.checkpoint()
        _ = try await world.log.replaceKey(actor: .commandLine)
        try await world.append(5, from: 6)
        try await world.log.checkpoint()
        let keys = try await world.store.auditKeys()
        #expect(keys.map(\.id) == ["ak-1", "ak-2"] && keys.first?.wrapped == [])
        let checkpoints = try await world.store.auditCheckpoints()
        #expect(checkpoints.map(\.keyID) == ["ak-1", "ak-1", "ak-2"])
        let report = try await world.verify()
        #expect(report.problem == nil && report.checkpoints == 3 && report.elsewhere == 3)
        // Whoever knows only the first key can still check the old part.
        let first = try #require(AuditPublicKey(keys[0].publicKey))
        for (note, isOld) in zip(world.witness.notes, [true, true, false]) {
            #expect(((try? SignedNote.open(note, keys: [first])) != nil) == isOld)
        }
    }

    @Test("KEY-25: a key that no entry introduces is not believed, whatever it signs")
    func keySmuggledIn() async throws {
        let world = try AuditWorld()
        try await world.append(5)
        try await world.log.checkpoint()
        let stranger = try AuditWorld(rootKey: world.rootKey)
        let key = try #require(try await stranger.log.keys().first)
        try await world.tamper { database in
            try database.execute(sql: "UPDATE audit_keys SET public_key = ?", arguments: [Data(key.publicKey)])
        }
        guard case .key("ak-1", _)? = try await world.verify(elsewhere: []).problem else {
            Issue.record("the key was believed")
            return
        }
    }

    @Test("AUD-06: a note elsewhere that was damaged or made up accuses nobody, and is counted")
    func junkElsewhere() async throws {
        let world = try AuditWorld()
        try await world.append(5)
        try await world.log.checkpoint()
        let note = try #require(world.witness.notes.first)
        let size = try await world.store.auditTreeHead().size
        let junk = [
            "", "hello", note.replacing("\n\(size)\n", with: "\n\(size - 1)\n"), note.replacing("\u{2014}", with: "-"),
        ]
        let report = try await world.verify(elsewhere: junk + [note])
        #expect(report.problem == nil && report.elsewhere == 1 && report.unsigned == junk.count)
    }
}
