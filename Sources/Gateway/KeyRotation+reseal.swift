import FoundationEssentials
package import GatewayCore
package import Storage
import TokenVault

extension KeyRotation {
    /// A transaction of this many rows holds the writer for some ten milliseconds.
    package static let batch = 5_000
    /// A holder that moved nothing for this long is gone.
    static let hold: TimeInterval = 30

    /// What a reseal came to.
    package struct Resealed: Sendable {
        package let run: ResealRun
        /// Rows that no key opens, by table and id; they were left as they are. The first few.
        package let unreadable: [String]
        package let unreadableCount: Int
    }

    /// Seals every record under the primary key that is not yet, from where an earlier run was left. Readers and writers
    /// go on meanwhile: a row that was renewed in between wins (KEY-07).
    package func reseal(
        rowsPerSecond: Int? = nil, actor: AuditActor, report: @Sendable (ResealRun) -> Void = { _ in }
    ) async throws -> Resealed {
        try await keyring.catchUp()
        let target = keyring.vault.primaryKeyID.description
        var pass = ResealPass(rotation: self, run: try await begin(target, rowsPerSecond, actor), actor: actor)
        report(pass.run)
        try await pass.go(report)
        let outcome: AuditOutcome = pass.unreadableCount == 0 ? .succeeded : .failed(code: "reseal.unreadable")
        let subject =
            "\(target) done=\(pass.run.done) overtaken=\(pass.run.overtaken) unreadable=\(pass.unreadableCount)"
        let run = try await store.finishReseal(
            pass.run.id, holder: holder, at: clock.now, audit: event(.resealCompleted, subject, actor, outcome))
        report(run)
        return Resealed(run: run, unreadable: pass.unreadable, unreadableCount: pass.unreadableCount)
    }

    private func begin(_ target: String, _ rowsPerSecond: Int?, _ actor: AuditActor) async throws -> ResealRun {
        do {
            return try await store.beginReseal(
                ResealStart(
                    target: target, holder: holder, rowsPerSecond: rowsPerSecond, at: clock.now,
                    heldUntil: clock.now.addingTimeInterval(Self.hold)),
                audit: event(.resealBegun, target, actor))
        } catch StorageError.busy {
            throw KeyRotationRefusal.heldElsewhere
        }
    }
}

/// One run over the tables. While a batch is written the next one is read and sealed.
private struct ResealPass {
    let rotation: KeyRotation
    var run: ResealRun
    let actor: AuditActor
    var unreadable: [String] = []
    var unreadableCount = 0

    private struct Batch: Sendable {
        let table: SealedTable
        let read: Int
        let last: String
        let rows: [ResealedRow]
        let unreadable: [String]
    }

    init(rotation: KeyRotation, run: ResealRun, actor: AuditActor) {
        self.rotation = rotation
        self.run = run
        self.actor = actor
    }

    mutating func go(_ report: @Sendable (ResealRun) -> Void) async throws {
        let tables = SealedTable.allCases.drop { $0 != (run.table ?? SealedTable.allCases[0]) }
        for table in tables {
            var after = table == run.table ? run.rowAfter : ""
            var next = prepare(table, after: after)
            while true {
                let batch = try await next.value
                guard batch.read > 0 else { break }
                after = batch.last
                next = prepare(table, after: after)
                do {
                    try await write(batch)
                } catch {
                    next.cancel()
                    throw error
                }
                report(run)
                try await rest(after: batch)
            }
        }
    }

    private var batchSize: Int { min(KeyRotation.batch, max(1, run.rowsPerSecond ?? KeyRotation.batch)) }

    private func prepare(_ table: SealedTable, after: String) -> Task<Batch, any Error> {
        let (rotation, target, limit) = (rotation, run.target, batchSize)
        return Task.detached {
            let found = try await rotation.store.sealedRows(of: table, notUnder: target, after: after, limit: limit)
            _ = try await rotation.store.reserveSeals(Int64(found.reduce(0) { $0 + $1.columns.count }), of: target)
            var (rows, unreadable): ([ResealedRow], [String]) = ([], [])
            rows.reserveCapacity(found.count)
            for row in found {
                if let resealed = try? rotation.keyring.vault.reseal(row, to: target) {
                    rows.append(resealed)
                } else {
                    unreadable.append("\(table.rawValue) \(row.row)")
                }
            }
            return Batch(
                table: table, read: found.count, last: found.last?.row ?? after, rows: rows, unreadable: unreadable)
        }
    }

    private mutating func write(_ batch: Batch) async throws {
        unreadableCount += batch.unreadable.count
        unreadable = Array((unreadable + batch.unreadable).prefix(20))
        try await advance(batch.rows, batch.table, batch.last)
    }

    private mutating func advance(_ rows: [ResealedRow], _ table: SealedTable, _ last: String) async throws {
        do {
            run = try await rotation.store.advanceReseal(
                ResealStep(
                    run: run.id, holder: rotation.holder, rows: rows, table: table, rowAfter: last,
                    at: rotation.clock.now, heldUntil: rotation.clock.now.addingTimeInterval(KeyRotation.hold)))
        } catch StorageError.conflict {
            // Ended from outside, or another process took over a run it believed to be abandoned.
            throw KeyRotationRefusal.heldElsewhere
        } catch StorageError.keyNotPrimary {
            // Somebody promoted another key: a run towards this one has no point any more.
            throw KeyRotationRefusal.heldElsewhere
        }
    }

    /// Throttled by resting after each batch; paused by resting until told otherwise.
    private mutating func rest(after batch: Batch) async throws {
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
            let resealed = try seal(try open(try SealedRecord(parsing: bytes), in: context), in: context)
            guard resealed.keyID.description == target else { throw StorageError.keyNotPrimary }
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
