import FoundationEssentials
import GatewayCore
import Storage
import Testing

extension StoragePromise {
    static let dataKeys: [StoragePromise] = [
        StoragePromise("data keys come in the order of their making, whatever their clock said, and ids stay taken") {
            store in
            let keys = [Sample.key("dk-1", .primary), Sample.key("dk-2", at: Sample.after(-9)), Sample.key("dk-3")]
            for key in keys { try await store.insertDataKey(key, audit: Sample.event(.dataKeyGenerated)) }
            #expect(try await store.dataKeys() == keys)
            await #expect(throws: StorageError.conflict) {
                try await store.insertDataKey(keys[1], audit: Sample.event(.dataKeyGenerated))
            }
            #expect(try await store.recorded(.dataKeyGenerated).count == 3)
        },
        StoragePromise("the keyring's version rises with every change of a key, and with nothing else") { store in
            var last = try await store.keyringVersion()
            func rises(_ comment: Comment) async throws {
                let now = try await store.keyringVersion()
                #expect(now > last, comment)
                last = now
            }
            try await store.keyring(of: "dk-1", "dk-2")
            try await rises("insert")
            #expect(try await store.step("dk-2", .promote) == nil)
            try await rises("promote")
            #expect(try await store.step("dk-1", .retire) == nil)
            try await rises("retire")
            #expect(try await store.setOldestOpeningKey("dk-2", audit: Sample.limit("dk-2")) == nil)
            try await rises("oldest")
            _ = try await store.reserveSeals(5, of: "dk-2")
            try await store.noteServing(5, of: "dk-2")
            #expect(try await store.keyringVersion() == last)
        },
        StoragePromise("of many promotions at once there is one primary key at any moment") { store in
            try await store.keyring(of: "dk-1", "dk-2", "dk-3", "dk-4")
            let refusals = try await inParallel(12) { number in try await store.step("dk-\(number % 3 + 2)", .promote) }
            #expect(refusals.contains { $0 == nil })
            #expect(try await store.dataKeys().count { $0.state == "primary" } == 1)
            let promoted = try await store.recorded(.dataKeyPromoted).count
            #expect(
                promoted == refusals.count { $0 == nil }, "one entry for each that was done, none for a refused one")
        },
        StoragePromise("a key that a row needs is neither retired nor destroyed, and one such row is named") { store in
            try await store.keyring(of: "dk-1", "dk-2")
            let connection = try await store.connect(Sample.connection(), keyID: "dk-1")
            #expect(try await store.step("dk-2", .promote) == nil)
            let refusal = DataKeyRefusal.needed(by: .credentials, row: connection.id.text, records: 1)
            #expect(try await store.step("dk-1", .retire) == refusal)
            #expect(try await store.dataKeys().first?.state == "enabled")
            #expect(try await store.recorded(.dataKeyRetired).isEmpty)
        },
        StoragePromise("a destroyed key keeps its id and its dates, and nothing of its bytes") { store in
            try await store.keyring(of: "dk-1", "dk-2")
            #expect(try await store.step("dk-2", .retire) == nil)
            #expect(try await store.step("dk-2", .destroy) == .notDue(nil))
            #expect(try await store.step("dk-2", .scheduleDestruction(at: Sample.after(10))) == nil)
            #expect(try await store.step("dk-2", .destroy, at: Sample.after(9)) == .notDue(Sample.after(10)))
            #expect(try await store.step("dk-2", .destroy, at: Sample.after(10)) == nil)
            let key = try #require(try await store.dataKeys().last)
            #expect(key.id == "dk-2" && key.state == "destroyed" && key.wrapped.isEmpty)
            for step: DataKeyStep in [.promote, .retire, .cancelDestruction, .destroy] {
                #expect(try await store.step("dk-2", step) == .state("destroyed"))
            }
        },
        StoragePromise("CR-22: seals are handed out once, and never more than a key may seal") { store in
            try await store.keyring(of: "dk-1")
            let counts = try await inParallel { _ in try await store.reserveSeals(1_000, of: "dk-1") }
            #expect(Set(counts.compactMap { $0 }).count == 50)
            #expect(try await store.dataKeys().first?.sealsReserved == 50_000)
            #expect(try await store.reserveSeals(StoredDataKey.sealLimit - 49_999, of: "dk-1") == nil)
            #expect(try await store.dataKeys().first?.sealsReserved == 50_000)
            let all = try await store.reserveSeals(StoredDataKey.sealLimit - 50_000, of: "dk-1")
            #expect(all == StoredDataKey.sealLimit)
        },
        StoragePromise("CR-23: the longest time that a key served stands") { store in
            try await store.keyring(of: "dk-1")
            for seconds: Int64 in [10, 500, 20] { try await store.noteServing(seconds, of: "dk-1") }
            #expect(try await store.dataKeys().first?.served == 500)
        },
        StoragePromise("KEY-15: no key newer than the primary one becomes the oldest that opens") { store in
            try await store.keyring(of: "dk-1", "dk-2")
            #expect(try await store.oldestOpeningKey() == nil)
            #expect(try await store.setOldestOpeningKey("dk-2", audit: Sample.limit("dk-2")) == .state("enabled"))
            #expect(try await store.setOldestOpeningKey("dk-9", audit: Sample.limit("dk-9")) == .unknown)
            #expect(try await store.setOldestOpeningKey("dk-1", audit: Sample.limit("dk-1; reason: why")) == nil)
            #expect(try await store.oldestOpeningKey() == "dk-1")
            for (id, said) in [("dk-1", "none"), (nil, "dk-1")] {
                await #expect(throws: StorageError.conflict) {
                    _ = try await store.setOldestOpeningKey(id, audit: Sample.limit(said))
                }
            }
            #expect(try await store.oldestOpeningKey() == "dk-1", "an entry that says something else sets nothing")
            #expect(try await store.setOldestOpeningKey(nil, audit: Sample.limit("none")) == nil)
            #expect(try await store.oldestOpeningKey() == nil)
            #expect(try await store.recorded(.oldestOpeningKeySet).count == 2)
        },
        StoragePromise("KEY-15: no key older than the oldest that opens becomes primary, until the limit is lifted") {
            store in
            try await store.keyring(of: "dk-1", "dk-2", "dk-3", "dk-4")
            #expect(try await store.step("dk-3", .promote) == nil)
            #expect(try await store.setOldestOpeningKey("dk-3", audit: Sample.limit("dk-3")) == nil)
            for id in ["dk-1", "dk-2"] { #expect(try await store.step(id, .promote) == .shutOut(oldest: "dk-3")) }
            #expect(try await store.dataKeys().map(\.state) == ["enabled", "enabled", "primary", "enabled"])
            #expect(try await store.recorded(.dataKeyPromoted).map(\.subject) == ["dk-3"])
            #expect(try await store.step("dk-4", .promote) == nil)
            #expect(try await store.step("dk-3", .promote) == nil, "the limit itself opens")
            #expect(try await store.setOldestOpeningKey(nil, audit: Sample.limit("none")) == nil)
            #expect(try await store.step("dk-2", .promote) == nil)
        },
        StoragePromise("KEY-02: nothing is written under a key that is there and not primary") { store in
            try await store.keyring(of: "dk-1", "dk-2")
            await #expect(throws: StorageError.keyNotPrimary) {
                _ = try await store.connect(Sample.connection(), keyID: "dk-2")
            }
            #expect(try await store.recordCounts().isEmpty)
            #expect(try await store.recorded(.connectionCreated).isEmpty)
        },
        StoragePromise("KEY-03: nodes are listed while they are heard of, with the keyring they hold") { store in
            for (name, seen) in [("a", 0.0), ("b", 20.0)] {
                try await store.heartbeat(
                    GatewayNode(
                        id: name, startedAt: Sample.start, seenAt: Sample.after(seen), keyringVersion: Int64(seen),
                        rootKey: name == "b" ? [1, 2, 3] : nil))
            }
            #expect(try await store.nodes(seenSince: Sample.start).map(\.rootKey) == [nil, [1, 2, 3]])
            #expect(try await store.nodes(seenSince: Sample.start).map(\.id) == ["a", "b"])
            #expect(try await store.nodes(seenSince: Sample.after(1)).map(\.keyringVersion) == [20])
            try await store.removeNode("b")
            #expect(try await store.nodes(seenSince: Sample.after(1)).isEmpty)
        },
    ]

    static let resealing: [StoragePromise] = [
        StoragePromise("KEY-27: of many begins at once one gets the run; the others are told that it is held") {
            store in
            try await store.keyring(of: "dk-1")
            let outcomes = try await inParallel { number -> Bool in
                do {
                    _ = try await store.begin("dk-1", holder: "\(number)")
                    return true
                } catch StorageError.busy { return false }
            }
            #expect(outcomes.count { $0 } == 1)
            #expect(try await store.recorded(.resealBegun).count == 1)
        },
        StoragePromise("a run whose holder is gone is taken over where it was; one towards another key is abandoned") {
            store in
            try await store.keyring(of: "dk-1", "dk-2")
            let rows = try await store.sealed(4, under: "dk-1")
            #expect(try await store.step("dk-2", .promote) == nil)
            let first = try await store.begin("dk-2", holder: "one")
            _ = try await store.advanceReseal(Sample.step(first, Array(rows.prefix(2))))
            let second = try await store.begin("dk-2", holder: "two", at: Sample.after(11))
            #expect(second.id == first.id && second.done == 2 && second.total == 4)
            #expect(second.rowAfter == rows[1].row && second.table == .credentials)
            #expect(try await store.recorded(.resealBegun).count == 2, "AUD-01: whoever takes over is written down")
            await #expect(throws: StorageError.conflict) {
                _ = try await store.advanceReseal(Sample.step(first, [rows[2]]))
            }
            #expect(try await store.recordCounts() == ["dk-1": 2, "dk-2": 2])
            let third = try await store.begin("dk-1", holder: "three", at: Sample.after(30))
            #expect(third.id != first.id && third.total == 2)
        },
        StoragePromise("KEY-11: a run that was paused is taken over by nobody, until it is let go on") { store in
            try await store.keyring(of: "dk-1")
            let run = try await store.begin("dk-1", holder: "one")
            _ = try await store.steerReseal(.pause, at: Sample.start, audit: nil)
            await #expect(throws: StorageError.busy) {
                _ = try await store.begin("dk-1", holder: "two", at: Sample.after(100))
            }
            #expect(try await store.latestReseal()?.state == .paused)
            #expect(try await store.recorded(.resealBegun).count == 1)
            _ = try await store.steerReseal(.resume, at: Sample.after(100), audit: nil)
            #expect(try await store.begin("dk-1", holder: "two", at: Sample.after(200)).id == run.id)
        },
        StoragePromise("rows that do not open are counted by the run, whoever holds it") { store in
            try await store.keyring(of: "dk-1", "dk-2")
            let rows = try await store.sealed(2, under: "dk-1")
            #expect(try await store.step("dk-2", .promote) == nil)
            let run = try await store.begin("dk-2", holder: "one")
            let step = ResealStep(
                run: run.id, holder: "one", rows: [], unreadable: 1, table: .credentials, rowAfter: rows[0].row,
                at: Sample.start, heldUntil: run.heldUntil)
            #expect(try await store.advanceReseal(step).unreadable == 1)
            #expect(try await store.begin("dk-2", holder: "two", at: Sample.after(20)).unreadable == 1)
        },
        StoragePromise("KEY-07: a row is replaced only while it has the generation and the key it was read with") {
            store in
            try await store.keyring(of: "dk-1", "dk-2")
            let rows = try await store.sealed(3, under: "dk-1")
            #expect(try await store.step("dk-2", .promote) == nil)
            let id = try #require(ConnectionID(rows[1].row))
            let connection = try #require(try await store.connection(id))
            var renewed = connection
            renewed.generation = 2
            try await store.saveConnected(
                renewed, credential: Sample.credential(for: renewed, mark: "newer", keyID: "dk-2"), replacing: 1,
                audit: [])
            let run = try await store.advanceReseal(Sample.step(try await store.begin("dk-2", holder: "one"), rows))
            #expect(run.done == 2 && run.overtaken == 1)
            let kept = try await store.credential(of: connection.id)
            #expect(kept == Sample.credential(for: renewed, mark: "newer", keyID: "dk-2"))
            let other = try #require(ConnectionID(rows[0].row))
            #expect(try await store.credential(of: other)?.accessToken == Array("resealed".utf8))
            #expect(try await store.credential(of: other)?.generation == 1)
        },
        StoragePromise("rows and cursor move together or not at all") { store in
            try await store.keyring(of: "dk-1", "dk-2", "dk-3")
            let rows = try await store.sealed(2, under: "dk-1")
            #expect(try await store.step("dk-2", .promote) == nil)
            let run = try await store.begin("dk-2", holder: "one")
            #expect(try await store.step("dk-3", .promote) == nil)
            await #expect(throws: StorageError.keyNotPrimary) {
                _ = try await store.advanceReseal(Sample.step(run, rows))
            }
            #expect(try await store.latestReseal() == run)
            #expect(try await store.recordCounts() == ["dk-1": 2])
        },
        StoragePromise(
            "KEY-11: the open run is paused, throttled, resumed and abandoned from outside, and nothing after it"
        ) {
            store in
            try await store.keyring(of: "dk-1")
            #expect(try await store.steerReseal(.pause, at: Sample.start, audit: nil) == nil)
            let run = try await store.begin("dk-1", holder: "one")
            func steer(_ steering: ResealSteering) async throws -> ResealRun? {
                try await store.steerReseal(steering, at: Sample.start, audit: nil)
            }
            #expect(try await steer(.pause)?.state == .paused)
            #expect(try await steer(.throttle(rowsPerSecond: 7))?.rowsPerSecond == 7)
            #expect(try await steer(.resume)?.state == .running)
            #expect(try await steer(.abandon)?.state == .abandoned)
            #expect(try await steer(.resume) == nil)
            await #expect(throws: StorageError.conflict) {
                _ = try await store.finishReseal(
                    run.id, holder: "one", at: Sample.start, audit: Sample.event(.resealCompleted))
            }
            #expect(try await store.recorded(.resealCompleted).isEmpty)
        },
        StoragePromise("a run that was let go of is free at once, and only its holder can let go") { store in
            try await store.keyring(of: "dk-1")
            let run = try await store.begin("dk-1", holder: "one")
            try await store.releaseReseal(run.id, holder: "other", at: Sample.start)
            await #expect(throws: StorageError.busy) { _ = try await store.begin("dk-1", holder: "two") }
            try await store.releaseReseal(run.id, holder: "one", at: Sample.start)
            #expect(try await store.begin("dk-1", holder: "two").id == run.id)
        },
        StoragePromise("CR-23: a hold that ends later than any hold could is from before the clock was set back") {
            store in
            try await store.keyring(of: "dk-1")
            let run = try await store.begin("dk-1", holder: "one", at: Sample.after(1_000_000))
            #expect(try await store.begin("dk-1", holder: "two").id == run.id)
        },
        StoragePromise("CR-17: a connection older than the log says is found; the others are not") { store in
            let connections = [Sample.connection(subdomain: "one"), Sample.connection(subdomain: "two")]
            for connection in connections {
                try await store.saveConnected(
                    connection, credential: Sample.credential(for: connection), replacing: nil,
                    audit: [Sample.generationEvent(connection, 1)])
            }
            #expect(try await store.rolledBackConnections() == [])
            try await store.append([Sample.generationEvent(connections[1], 2)])
            #expect(try await store.rolledBackConnections() == [connections[1].id])
        },
        StoragePromise("KEY-12: proofs are found newest first, however long the log is") { store in
            for number in 0..<4 {
                try await store.append([
                    Sample.event(.rotationVerified, subject: "\(number)"), Sample.event(.resealCompleted),
                ])
            }
            #expect(try await store.rotationProofs(limit: 2).map(\.event.subject) == ["3", "2"])
        },
    ]
}

extension Sample {
    enum KeyState: String { case enabled, primary }

    static func key(_ id: String, _ state: KeyState = .enabled, at moment: Date = start) -> StoredDataKey {
        StoredDataKey(
            id: id, state: state.rawValue, wrapped: Array("wrapped \(id)".utf8), rootKeyCheckValue: [1, 2, 3],
            createdAt: moment, activatedAt: nil, retiredAt: nil)
    }

    static func step(_ run: ResealRun, _ rows: [SealedRow]) -> ResealStep {
        let resealed = rows.map { row in
            ResealedRow(
                former: row, columns: row.columns.mapValues { _ in Array("resealed".utf8) }, keyID: run.target)
        }
        return ResealStep(
            run: run.id, holder: run.holder, rows: resealed, table: .credentials, rowAfter: rows.last?.row ?? "",
            at: run.updatedAt, heldUntil: run.heldUntil)
    }

    static func limit(_ subject: String) -> AuditEvent { event(.oldestOpeningKeySet, subject: subject) }

    static func generationEvent(_ connection: Connection, _ generation: UInt64) -> AuditEvent {
        AuditEvent(
            at: start, actor: .system, action: .connectionReauthorized, connection: connection.id,
            generation: generation)
    }
}

extension GatewayStore {
    /// The first is primary.
    fileprivate func keyring(of ids: String...) async throws {
        for id in ids {
            try await insertDataKey(
                Sample.key(id, id == ids[0] ? .primary : .enabled), audit: Sample.event(.dataKeyGenerated))
        }
    }

    fileprivate func step(_ id: String, _ step: DataKeyStep, at moment: Date = Sample.start) async throws
        -> DataKeyRefusal?
    {
        let action: AuditAction =
            switch step {
            case .promote: .dataKeyPromoted
            case .retire: .dataKeyRetired
            case .scheduleDestruction: .dataKeyDestructionScheduled
            case .cancelDestruction: .dataKeyDestructionCancelled
            case .destroy: .dataKeyDestroyed
            }
        return try await changeDataKey(id, step, at: moment, audit: Sample.event(action, subject: id))
    }

    fileprivate func begin(_ target: String, holder: String, at moment: Date = Sample.start) async throws -> ResealRun {
        try await beginReseal(
            ResealStart(
                target: target, holder: holder, rowsPerSecond: nil, at: moment,
                heldUntil: moment.addingTimeInterval(10)),
            audit: Sample.event(.resealBegun))
    }

    /// Connections whose credentials stand under the key, in the order in which a reseal meets them.
    fileprivate func sealed(_ count: Int, under keyID: String) async throws -> [SealedRow] {
        for number in 0..<count { try await connect(Sample.connection(subdomain: "org-\(number)"), keyID: keyID) }
        return try await sealedRows(of: .credentials, notUnder: nil, after: "", limit: 100)
    }
}
