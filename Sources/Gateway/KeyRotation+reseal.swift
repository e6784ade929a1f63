import FoundationEssentials
package import GatewayCore
package import Storage
import TokenVault

extension KeyRotation {
    /// What a reseal came to.
    package struct Resealed: Sendable {
        package let run: ResealRun
        /// Rows that no key opens, by table and id; they were left as they are. The first few that this process met.
        package let unreadable: [String]
        /// All of them, those included that a process met which is gone.
        package var unreadableCount: Int { run.unreadable }
    }

    /// Seals every record under the primary key that is not yet, from where an earlier run was left. Readers and writers
    /// go on meanwhile: a row that was renewed in between wins (KEY-07).
    package func reseal(
        rowsPerSecond: Int? = nil, reason: ChangeReason? = nil, actor: AuditActor,
        report: @Sendable (ResealRun) -> Void = { _ in }
    ) async throws -> Resealed {
        let run = try await begin(rowsPerSecond: rowsPerSecond, isPatient: true, reason: reason, actor: actor)
        return try await carryOut(run, actor: actor, report: report)
    }

    /// Opens a run towards the primary key and holds it for a while, or takes over one that its holder left. `carryOut` does
    /// it. One caller wins, the others are told (KEY-27).
    ///
    /// A patient one waits while the run does not move, for then its process may have been killed a moment ago.
    package func begin(
        rowsPerSecond: Int? = nil, isBackground: Bool = false, isPatient: Bool = false, reason: ChangeReason? = nil,
        actor: AuditActor
    ) async throws -> ResealRun {
        if let rowsPerSecond, rowsPerSecond < 1 { throw KeyRotationRefusal.speedOutOfRange }
        try await keyring.catchUp()
        let holder = Base32.encode(random.bytes(10))
        var tries = isPatient ? Int(hold / Self.look) + 2 : 1
        var seen: Date?
        while true {
            let target = keyring.vault.primaryKeyID.description
            do {
                return try await store.beginReseal(
                    ResealStart(
                        target: target, holder: holder, rowsPerSecond: rowsPerSecond, isBackground: isBackground,
                        at: clock.now, heldUntil: clock.now.addingTimeInterval(hold)),
                    audit: event(.resealBegun, target, actor, reason))
            } catch StorageError.busy {
                tries -= 1
                let latest = try await store.latestReseal()
                if latest?.state == .paused { throw KeyRotationRefusal.paused }
                let moved = latest?.updatedAt
                guard tries > 0, seen == nil || seen == moved else { throw KeyRotationRefusal.heldElsewhere }
                seen = moved
                try await pause(.seconds(Self.look))
            }
        }
    }

    /// How often a patient caller looks whether a run moves.
    private static let look: TimeInterval = 0.2

    /// Does what `begin` opened, to its end. When it cannot go on it lets go, so that the next one need not wait.
    package func carryOut(
        _ run: ResealRun, actor: AuditActor, report: @Sendable (ResealRun) -> Void = { _ in }
    ) async throws -> Resealed {
        var pass = ResealPass(rotation: self, run: run)
        report(pass.run)
        do {
            try await pass.go(report)
        } catch KeyRotationRefusal.key(let id, .sealsSpent) {
            // It could never end, and would keep a rotation from making the key that is needed.
            _ = try? await steer(.abandon, actor: actor)
            throw KeyRotationRefusal.key(id, .sealsSpent)
        } catch {
            try? await store.releaseReseal(run.id, holder: run.holder, at: clock.now)
            throw error
        }
        let (target, last) = (run.target, pass.run)
        let outcome: AuditOutcome = last.unreadable == 0 ? .succeeded : .failed(code: "reseal.unreadable")
        let subject = "\(target) done=\(last.done) overtaken=\(last.overtaken) unreadable=\(last.unreadable)"
        let finished = try await store.finishReseal(
            run.id, holder: run.holder, at: clock.now, audit: event(.resealCompleted, subject, actor, outcome: outcome))
        report(finished)
        return Resealed(run: finished, unreadable: pass.unreadable)
    }
}

/// One run over the tables. While a batch is written the next one is read and sealed.
private struct ResealPass {
    let rotation: KeyRotation
    var run: ResealRun
    var unreadable: [String] = []
    /// Seals that were taken and not used yet: always enough for what is being sealed (CR-22).
    private var prepaid = 0
    /// Whether a service runs on this database, and when somebody looked.
    private var isShared = false
    private var lookedAt: Date?

    private struct Batch: Sendable {
        let table: SealedTable
        let read: Int
        let last: String
        let rows: [ResealedRow]
        let seals: Int
        /// What was paid for it, when nobody knew yet how many records it would have.
        let paid: Int
        let unreadable: [String]
    }

    init(rotation: KeyRotation, run: ResealRun) {
        self.rotation = rotation
        self.run = run
    }

    mutating func go(_ report: @Sendable (ResealRun) -> Void) async throws {
        let tables = SealedTable.allCases.drop { $0 != (run.table ?? SealedTable.allCases[0]) }
        for table in tables {
            var after = table == run.table ? run.rowAfter : ""
            var next = try await prepare(table, after: after)
            while true {
                let batch = try await next.value
                prepaid += batch.paid - batch.seals
                guard batch.read > 0 else { break }
                after = batch.last
                next = try await prepare(table, after: after)
                do {
                    let begun = rotation.clock.now
                    try await write(batch)
                    report(run)
                    try await rest(after: batch, writtenIn: rotation.clock.now.timeIntervalSince(begun))
                    try Task.checkCancellation()
                } catch {
                    next.cancel()
                    _ = try? await next.value
                    throw error
                }
            }
        }
    }

    private var batchSize: Int {
        let most = isShared ? min(rotation.batch, KeyRotation.sharedBatch) : rotation.batch
        return min(most, max(1, run.rowsPerSecond ?? most))
    }

    /// A service may start or end while a long run goes on.
    private mutating func lookForServices() async throws {
        let now = rotation.clock.now
        guard lookedAt.map({ abs(now.timeIntervalSince($0)) >= 1 }) ?? true else { return }
        isShared = try await !rotation.services().isEmpty
        lookedAt = now
    }

    private mutating func prepare(_ table: SealedTable, after: String) async throws -> Task<Batch, any Error> {
        try await lookForServices()
        let (rotation, target, limit) = (rotation, run.target, batchSize)
        try await prepay(limit * table.columns)
        return Task.detached {
            let found = try await rotation.store.sealedRows(of: table, notUnder: target, after: after, limit: limit)
            var (rows, unreadable): ([ResealedRow], [String]) = ([], [])
            rows.reserveCapacity(found.count)
            for row in found {
                do {
                    rows.append(try rotation.keyring.vault.reseal(row, to: target))
                } catch let error as KeyRotationRefusal {
                    throw error
                } catch VaultError.unavailable {
                    // Nothing is known about the record, so it is not passed over.
                    throw VaultError.unavailable
                } catch {
                    unreadable.append("\(table.rawValue) \(row.row)")
                }
            }
            return Batch(
                table: table, read: found.count, last: found.last?.row ?? after, rows: rows,
                seals: found.reduce(0) { $0 + $1.columns.count }, paid: limit * table.columns,
                unreadable: unreadable)
        }
    }

    /// Usually nothing to do: each written batch pays for one to come.
    private mutating func prepay(_ seals: Int) async throws {
        if prepaid < seals {
            let missing = Int64(seals - prepaid)
            guard try await rotation.store.reserveSeals(missing, of: run.target) != nil else {
                throw KeyRotationRefusal.key(run.target, .sealsSpent)
            }
            prepaid = seals
        }
        prepaid -= seals
    }

    private mutating func write(_ batch: Batch) async throws {
        unreadable = Array((unreadable + batch.unreadable).prefix(20))
        try await advance(
            batch.rows, unreadable: batch.unreadable.count, batch.table, batch.last, reserving: batch.seals)
        prepaid += batch.seals
    }

    private mutating func advance(
        _ rows: [ResealedRow], unreadable: Int = 0, _ table: SealedTable, _ last: String, reserving: Int = 0
    ) async throws {
        do {
            run = try await rotation.store.advanceReseal(
                ResealStep(
                    run: run.id, holder: run.holder, rows: rows, unreadable: unreadable, table: table, rowAfter: last,
                    reserving: Int64(reserving), at: rotation.clock.now,
                    heldUntil: rotation.clock.now.addingTimeInterval(rotation.hold)))
        } catch StorageError.conflict {
            // Ended from outside, or another process took over a run it believed to be left.
            let latest = try await rotation.store.latestReseal()
            guard let latest, latest.id == run.id, latest.holder == run.holder else {
                throw KeyRotationRefusal.heldElsewhere
            }
            throw latest.isOpen ? KeyRotationRefusal.key(run.target, .sealsSpent) : KeyRotationRefusal.ended
        } catch StorageError.keyNotPrimary {
            // Somebody promoted another key: a run towards this one has no point any more.
            throw KeyRotationRefusal.ended
        }
    }

    /// Throttled by resting after each batch; paused by resting until told otherwise. Beside a service it rests in any case:
    /// the writer of the database is one, and whoever hands out a token writes an audit entry first.
    private mutating func rest(after batch: Batch, writtenIn took: TimeInterval) async throws {
        if isShared, took > 0 { try await rotation.pause(.seconds(min(took * KeyRotation.rest, 1))) }
        if let rate = run.rowsPerSecond, rate > 0 {
            try await rotation.pause(.milliseconds(batch.read * 1000 / rate))
        }
        while run.state == .paused {
            try await rotation.pause(.milliseconds(500))
            try await advance([], batch.table, batch.last)
        }
    }
}

extension Vault {
    /// The row under the primary key. Throws when a record does not open, or the key is not primary any more.
    func reseal(_ row: SealedRow, to target: String) throws -> ResealedRow {
        var columns: [String: [UInt8]] = [:]
        for (column, bytes) in row.columns {
            let context = row.context(column)
            let resealed = try reseal(try SealedRecord(parsing: bytes), in: context)
            guard resealed.keyID.description == target else { throw KeyRotationRefusal.ended }
            columns[column] = resealed.bytes
        }
        return ResealedRow(former: row, columns: columns, keyID: target)
    }
}

extension SealedRow {
    func context(_ column: String) -> SealingContext {
        SealingContext(
            tenant: tenant.text, table: table.rawValue, row: row, column: column, generation: generation,
            organization: organization)
    }
}
