package import FoundationEssentials
package import GatewayCore
import GRDB
package import Storage

extension SQLiteStore {
    package func beginReseal(_ start: ResealStart, audit: AuditEvent) async throws -> ResealRun {
        try await write { database in
            if let open = try database.openReseal() {
                guard !open.isHeld(at: start.at, until: start.heldUntil) else { throw StorageError.busy }
                if open.target == start.target {
                    guard open.state != .paused else { throw StorageError.busy }
                    try database.append([audit])
                    return try database.take(open, start)
                }
                try database.execute(
                    sql: "UPDATE reseal_runs SET state = 'abandoned', updated_at = ? WHERE id = ?",
                    arguments: [start.at.milliseconds, open.id])
            }
            try database.append([audit])
            return try database.insert(start)
        }
    }

    package func advanceReseal(_ step: ResealStep) async throws -> ResealRun {
        try await write { database in
            let replaced = try database.replace(step.rows)
            if step.reserving > 0 { try database.reserveSeals(step.reserving, forRun: step.run) }
            let record = try database.record(
                """
                UPDATE reseal_runs SET table_name = ?, row_after = ?, done = done + ?, overtaken = overtaken + ?,
                    unreadable = unreadable + ?, updated_at = ?, held_until = ?
                WHERE id = ? AND holder = ? AND state IN ('running', 'paused') RETURNING *
                """,
                [
                    step.table.rawValue, step.rowAfter, replaced, step.rows.count - replaced, step.unreadable,
                    step.at.milliseconds, step.heldUntil.milliseconds, step.run, step.holder,
                ])
            guard let record else { throw StorageError.conflict }
            return try record.resealRun()
        }
    }

    package func releaseReseal(_ id: Int64, holder: String, at: Date) async throws {
        try await write { database in
            try database.execute(
                sql: "UPDATE reseal_runs SET held_until = ?1, updated_at = ?1 WHERE id = ?2 AND holder = ?3",
                arguments: [at.milliseconds, id, holder])
        }
    }

    package func finishReseal(
        _ id: Int64, holder: String, at: Date, audit: AuditEvent
    ) async throws -> ResealRun {
        try await write { database in
            let record = try database.record(
                """
                UPDATE reseal_runs SET state = 'completed', completed_at = ?1, updated_at = ?1
                WHERE id = ?2 AND holder = ?3 AND state IN ('running', 'paused') RETURNING *
                """, [at.milliseconds, id, holder])
            guard let record else { throw StorageError.conflict }
            try database.append([audit])
            return try record.resealRun()
        }
    }

    package func steerReseal(
        _ steering: ResealSteering, at: Date, audit: AuditEvent?
    ) async throws -> ResealRun? {
        try await write { database in
            guard let open = try database.openReseal() else { return nil }
            switch steering {
            case .pause: try database.steer(open, "state = 'paused'", [], at)
            case .resume: try database.steer(open, "state = 'running'", [], at)
            case .throttle(let rows): try database.steer(open, "rows_per_second = ?", [rows], at)
            case .abandon: try database.steer(open, "state = 'abandoned'", [], at)
            }
            try database.append([audit].compactMap { $0 })
            return try database.record("SELECT * FROM reseal_runs WHERE id = ?", [open.id])?.resealRun()
        }
    }

    package func latestReseal() async throws -> ResealRun? {
        try await read { try $0.record("SELECT * FROM reseal_runs ORDER BY id DESC LIMIT 1")?.resealRun() }
    }
}

extension Database {
    fileprivate func openReseal() throws -> ResealRun? {
        try record("SELECT * FROM reseal_runs WHERE state IN ('running', 'paused')")?.resealRun()
    }

    fileprivate func take(_ open: ResealRun, _ start: ResealStart) throws -> ResealRun {
        try execute(
            sql: """
                UPDATE reseal_runs SET holder = ?, held_until = ?, updated_at = ?,
                    rows_per_second = coalesce(?, rows_per_second), is_background = max(is_background, ?)
                WHERE id = ?
                """,
            arguments: [
                start.holder, start.heldUntil.milliseconds, start.at.milliseconds, start.rowsPerSecond,
                start.isBackground ? 1 : 0, open.id,
            ])
        guard let taken = try openReseal() else { throw StorageError.damaged }
        return taken
    }

    fileprivate func insert(_ start: ResealStart) throws -> ResealRun {
        let total = try sealedRowCounts().values.reduce(0) { sum, counts in
            sum + counts.reduce(0) { $1.key == start.target ? $0 : $0 + $1.value }
        }
        try insert(
            into: "reseal_runs",
            [
                "target": start.target,
                "state": "running",
                "total": total,
                "rows_per_second": start.rowsPerSecond,
                "is_background": start.isBackground ? 1 : 0,
                "holder": start.holder,
                "held_until": start.heldUntil.milliseconds,
                "started_at": start.at.milliseconds,
                "updated_at": start.at.milliseconds,
            ])
        guard let run = try openReseal() else { throw StorageError.damaged }
        return run
    }

    fileprivate func reserveSeals(_ count: Int64, forRun id: Int64) throws {
        try execute(
            sql: """
                UPDATE data_keys SET seals_reserved = seals_reserved + ?1
                WHERE id = (SELECT target FROM reseal_runs WHERE id = ?2) AND seals_reserved + ?1 <= ?3
                """, arguments: [count, id, StoredDataKey.sealLimit])
        guard changesCount == 1 else { throw StorageError.conflict }
    }

    fileprivate func steer(
        _ open: ResealRun, _ assignment: String, _ arguments: [(any DatabaseValueConvertible)?], _ at: Date
    ) throws {
        try execute(
            sql: "UPDATE reseal_runs SET \(assignment), updated_at = ? WHERE id = ?",
            arguments: StatementArguments(arguments) + [at.milliseconds, open.id])
    }

    /// How many rows still had the generation and the key they were read with (KEY-07).
    fileprivate func replace(_ rows: [ResealedRow]) throws -> Int {
        var replaced = 0
        // Made once for rows of the same shape: looking up a statement costs as much as running it.
        var shape: ResealShape?
        for row in rows {
            if shape?.fits(row) != true { shape = try ResealShape(of: row, in: self) }
            guard let shape else { continue }
            try shape.statement.execute(arguments: shape.arguments(row))
            replaced += changesCount
        }
        return replaced
    }
}

/// Rows of one table with the same columns filled, and the statement that replaces one of them.
private struct ResealShape {
    let table: SealedTable
    let contexts: [String]
    let statement: Statement

    init(of row: ResealedRow, in database: Database) throws {
        table = row.former.table
        let layout = SealedTableLayout(table)
        let names = layout.columns.filter { row.columns[$0.context] != nil }
        contexts = names.map(\.context)
        let assignments = names.map { "\($0.column) = ?" }.joined(separator: ", ")
        statement = try database.cachedStatement(
            sql: """
                UPDATE \(layout.table) SET \(assignments), key_id = ?
                WHERE \(layout.id) = ? AND key_id = ? AND \(layout.generation) = ? AND \(layout.holds)
                """)
    }

    func fits(_ row: ResealedRow) -> Bool {
        row.former.table == table && row.columns.count == contexts.count
            && contexts.allSatisfy { row.columns[$0] != nil }
    }

    func arguments(_ row: ResealedRow) -> StatementArguments {
        let values: [DatabaseValue] = contexts.compactMap { row.columns[$0]?.data.databaseValue }
        return StatementArguments(
            values + [
                row.keyID.databaseValue, row.former.row.databaseValue, row.former.keyID.databaseValue,
                row.former.generation.stored.databaseValue,
            ])
    }
}

extension Record {
    fileprivate func resealRun() throws -> ResealRun {
        ResealRun(
            id: try integer("id"), target: try text("target"), state: try word("state"),
            table: try optionalText("table_name").map { try required(SealedTable(rawValue: $0)) },
            rowAfter: try optionalText("row_after") ?? "", total: Int(try integer("total")),
            done: Int(try integer("done")), overtaken: Int(try integer("overtaken")),
            unreadable: Int(try integer("unreadable")),
            rowsPerSecond: try optionalInteger("rows_per_second").map(Int.init),
            isBackground: try integer("is_background") != 0, holder: try text("holder"),
            heldUntil: try date("held_until"), startedAt: try date("started_at"), updatedAt: try date("updated_at"),
            completedAt: try optionalDate("completed_at"))
    }
}
