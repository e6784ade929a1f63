import AuditTrail
import Foundation
import GRDB
import GatewayCore
import Storage
import TestSupport
import Testing

@testable import Gateway
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

    @Test(
        "KEY-25: nor is a key that whoever writes the database introduces: only the one before it can sign that entry")
    func keyIntroduced() async throws {
        let world = try AuditWorld()
        try await world.append(5)
        try await world.log.checkpoint()
        // Another root key makes another audit key; the entry that introduces it is written like any other.
        let forger = try await Self.introducingKey(of: world)
        try await forger.append(5, from: 20)
        try await forger.log.checkpoint()
        let found = try #require(try await world.verify(elsewhere: []).problem)
        guard case .key("ak-2", let entry) = found else {
            Issue.record("the key was believed: \(found)")
            return
        }
        #expect(try await world.store.auditEntries(after: entry - 1, limit: 1).first?.event.action == .auditKeyReplaced)
    }

    /// What somebody does who has the database and not the root key: a second audit key of their own, by a whole entry.
    private static func introducingKey(of world: AuditWorld) async throws -> AuditWorld {
        let stranger = try AuditWorld()
        _ = try await stranger.log.keys()
        _ = try await stranger.log.replaceKey(actor: .commandLine)
        let key = try #require(try await stranger.store.auditKeys().last)
        try await world.store.append([
            AuditEvent(
                at: world.clock.now, actor: .commandLine, action: .auditKeyReplaced,
                subject: "\(key.id) \(Base64URL.encode(key.publicKey))")
        ])
        try await world.tamper { database in
            try database.execute(
                sql: """
                    UPDATE audit_keys SET state = 'retired', retired_at = 1, wrapped = x'';
                    INSERT INTO audit_keys (id, state, public_key, wrapped, root_key_check_value, created_at)
                    VALUES (?, 'active', ?, ?, ?, 1)
                    """,
                arguments: [key.id, Data(key.publicKey), Data(key.wrapped), Data(key.rootKeyCheckValue)])
        }
        return try AuditWorld(
            store: world.store, clock: world.clock, rootKey: stranger.rootKey, witness: WitnessShelf())
    }

    @Test("KEY-25: a key signs nothing from before or after its time, in the database or elsewhere")
    func outOfTime() async throws {
        let world = try AuditWorld()
        try await world.append(5)
        let former = try await world.log.currentSigner()
        _ = try await world.log.replaceKey(actor: .commandLine)
        try await world.append(5, from: 6)
        let head = try await world.store.auditTreeHead()
        let late = try former.checkpoint(head, at: world.clock.now)
        #expect(try await world.verify(elsewhere: []).problem == nil)
        guard case .rewritten = try await world.verify(elsewhere: [late.note]).problem else {
            Issue.record("a note by the key of another time was believed")
            return
        }
        try await world.store.insertAuditCheckpoint(late)
        #expect(try await world.verify(elsewhere: []).problem != nil)
    }

    @Test(
        "AUD-05: what is shown of a checkpoint is what was signed: another root, size or time beside the note is found",
        arguments: ["root = zeroblob(32)", "signed_at = signed_at + 1000", "size = size - 1"])
    func columns(change: String) async throws {
        let world = try AuditWorld()
        try await world.append(5)
        try await world.log.checkpoint()
        #expect(try await world.verify().problem == nil)
        try await world.tamper { try $0.execute(sql: "UPDATE audit_checkpoints SET \(change)") }
        #expect(try await world.verify().problem == .forgedCheckpoint)
    }

    @Test("AUD-05: nor is a checkpoint shown as that of another key than signed it")
    func keyColumn() async throws {
        let world = try AuditWorld()
        try await world.append(5)
        try await world.log.checkpoint()
        _ = try await world.log.replaceKey(actor: .commandLine)
        #expect(try await world.verify().problem == nil)
        try await world.tamper { try $0.execute(sql: "UPDATE audit_checkpoints SET key_id = 'ak-2'") }
        #expect(try await world.verify().problem == .forgedCheckpoint)
    }

    @Test("KEY-29: after an accepted restore the log is sound again, and says how much was given up")
    func soundAgain() async throws {
        let (world, restored) = try await Self.accepted()
        let report = try await restored.verify()
        #expect(report.problem == nil && report.abandoned == 2)
        // What was signed before they parted and since agrees.
        #expect(report.elsewhere == world.witness.notes.count - 2)
    }

    @Test("KEY-29, AUD-06: an accepted restore explains nothing that was signed later")
    func laterTampering() async throws {
        let (world, restored) = try await Self.accepted()
        try await restored.append(5, from: 70)
        try await restored.log.checkpoint()
        let size = try await restored.store.auditTreeHead().size
        for cut in [true, false] {
            let copy = try AuditWorld(
                store: try await Self.copy(of: restored), clock: world.clock, rootKey: world.rootKey,
                witness: world.witness)
            try await copy.tamper { database in
                try database.execute(sql: "DELETE FROM audit_checkpoints")
                try database.execute(
                    sql: cut
                        ? #"DELETE FROM audit_log WHERE "index" > \#(size - 2)"#
                        : #"UPDATE audit_log SET actor_id = 'nobody' WHERE "index" = 2"#)
                try AuditWorld.rebuildTree(database)
            }
            #expect(try await copy.verify().problem != nil, "\(cut)")
        }
    }

    @Test("KEY-29, AUD-06: nobody explains a cut by an entry of their own: it counts once the log's key signed it")
    func acceptedByNobody() async throws {
        let (world, restored) = try await Self.accepted(isSigned: false)
        #expect(try await restored.verify().problem != nil)
        _ = world
    }

    /// Five entries, a backup, five more that are witnessed twice, the backup put back and accepted.
    private static func accepted(isSigned: Bool = true) async throws -> (AuditWorld, AuditWorld) {
        let world = try AuditWorld()
        try await world.append(5)
        try await world.log.checkpoint()
        let backup = try await copy(of: world)
        for part in 0..<2 {
            try await world.append(5, from: 6 + part * 5)
            try await world.log.checkpoint()
        }
        let restored = try AuditWorld(
            store: backup, clock: world.clock, rootKey: world.rootKey, witness: world.witness)
        world.clock.advance(by: 1)
        try await restored.log.startCheck()
        if isSigned {
            _ = try await restored.log.acceptRestore(actor: .commandLine)
        } else {
            let note = try #require(world.witness.notes.last)
            let checkpoint = try #require(SignedNote.text(of: note).flatMap { Checkpoint(parsing: $0) })
            try await backup.append([
                AuditEvent(
                    at: world.clock.now, actor: .commandLine, action: .backupRestored,
                    subject: AbandonedCheckpoint(checkpoint).subject(behind: "audit.database_older"))
            ])
        }
        return (world, restored)
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
