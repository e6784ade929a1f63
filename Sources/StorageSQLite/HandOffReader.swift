import GRDBSQLite
import GatewayCore
import Storage
import Synchronization

/// Read-only connections of our own for the token hand-off, each with its one statement prepared.
///
/// Entering GRDB's pool, a hop to a queue and back, costs several times what everything else in a hand-off costs together.
/// A read here takes some microseconds and blocks nobody: in write-ahead mode readers do not wait for writers.
final class HandOffReader: Sendable {
    private static let laneCount = 4

    private let lanes: [HandOffLane]
    private let next = Atomic(0)

    init(path: String) throws {
        lanes = try (0..<Self.laneCount).map { _ in try HandOffLane(path: path) }
    }

    /// The next lane in turn; a busy one is passed over while another is free.
    func read(keyDigest: [UInt8], connection: ConnectionID) throws -> HandOffRecord? {
        let start = next.wrappingAdd(1, ordering: .relaxed).newValue & 0xFFFF
        for offset in 0..<Self.laneCount {
            let lane = lanes[(start + offset) % Self.laneCount]
            if let row = try lane.readIfFree(keyDigest, connection.text) { return try row.row?.record(of: connection) }
        }
        return try lanes[start % Self.laneCount].read(keyDigest, connection.text)?.record(of: connection)
    }

    /// Before the writer closes, which folds the write-ahead log only when it is the last to go.
    func close() {
        for lane in lanes { lane.close() }
    }
}

/// One connection and its statement.
private final class HandOffLane: Sendable {
    struct Answer {
        let row: HandOffRow?
    }

    private let statement: Mutex<HandOffStatement?>

    init(path: String) throws {
        statement = Mutex(try HandOffStatement(path: path))
    }

    /// Nil when another thread reads here just now.
    func readIfFree(_ digest: [UInt8], _ connection: String) throws -> Answer? {
        try statement.withLockIfAvailable { Answer(row: try Self.run($0, digest, connection)) }
    }

    func read(_ digest: [UInt8], _ connection: String) throws -> HandOffRow? {
        try statement.withLock { try Self.run($0, digest, connection) }
    }

    func close() {
        statement.withLock { statement in
            statement?.close()
            statement = nil
        }
    }

    private static func run(
        _ statement: HandOffStatement?, _ digest: [UInt8], _ connection: String
    ) throws -> HandOffRow? {
        guard let statement else { throw StorageError.unwritable }
        return try statement.row(digest, connection)
    }
}

/// SQLite's handles, touched by one thread at a time.
@safe private struct HandOffStatement {
    private nonisolated(unsafe) let database: OpaquePointer
    private nonisolated(unsafe) let statement: OpaquePointer

    init(path: String) throws {
        var handle: OpaquePointer?
        // No mutex of SQLite's own: ours is around it.
        let opened = unsafe sqlite3_open_v2(path, &handle, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nil)
        guard opened == SQLITE_OK, let database = unsafe handle else {
            unsafe sqlite3_close_v2(handle)
            throw SQLiteStoreError.unwritable
        }
        let settings = "PRAGMA query_only = ON; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"
        var prepared: OpaquePointer?
        guard unsafe sqlite3_exec(database, settings, nil, nil, nil) == SQLITE_OK,
            unsafe sqlite3_busy_timeout(database, 5000) == SQLITE_OK,
            unsafe sqlite3_prepare_v3(
                database, HandOffRow.sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil) == SQLITE_OK,
            let statement = unsafe prepared
        else {
            unsafe sqlite3_close_v2(database)
            throw SQLiteStoreError.unwritable
        }
        unsafe (self.database, self.statement) = unsafe (database, statement)
    }

    func close() {
        unsafe sqlite3_finalize(statement)
        unsafe sqlite3_close_v2(database)
    }

    func row(_ digest: [UInt8], _ connection: String) throws -> HandOffRow? {
        // Ends the read transaction as well: a statement left open would keep the log from being folded.
        defer { unsafe sqlite3_reset(statement) }
        try bind(digest, connection)
        switch unsafe sqlite3_step(statement) {
        case SQLITE_ROW: return try currentRow()
        case SQLITE_DONE: return nil
        case SQLITE_BUSY, SQLITE_LOCKED: throw StorageError.busy
        case SQLITE_CORRUPT, SQLITE_NOTADB: throw StorageError.damaged
        default: throw StorageError.unwritable
        }
    }

    private func bind(_ digest: [UInt8], _ connection: String) throws {
        // -1 is SQLITE_TRANSIENT, which C spells as a cast of a number to a function: SQLite copies the octets.
        let transient = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        let first = unsafe sqlite3_bind_blob(statement, 1, digest, Int32(digest.count), transient)
        let second = unsafe sqlite3_bind_text(statement, 2, connection, -1, transient)
        guard first == SQLITE_OK, second == SQLITE_OK else { throw StorageError.unwritable }
    }

    private func currentRow() throws -> HandOffRow {
        guard let keyID = text(0), let scopes = text(1) else { throw StorageError.damaged }
        return HandOffRow(
            keyID: keyID, scopes: scopes, keyTenant: text(2), tenant: text(3), subdomain: text(4),
            grantedScopes: text(5), status: text(6), generation: integer(7), expiresAt: integer(8), verdict: text(9),
            tokenGeneration: integer(10), token: bytes(11), dataKey: text(12))
    }

    private func text(_ column: Int32) -> String? {
        guard let octets = unsafe sqlite3_column_text(statement, column) else { return nil }
        let count = Int(unsafe sqlite3_column_bytes(statement, column))
        return unsafe String(decoding: UnsafeBufferPointer(start: octets, count: count), as: UTF8.self)
    }

    private func integer(_ column: Int32) -> Int64? {
        guard unsafe sqlite3_column_type(statement, column) == SQLITE_INTEGER else { return nil }
        return unsafe sqlite3_column_int64(statement, column)
    }

    private func bytes(_ column: Int32) -> [UInt8]? {
        guard let start = unsafe sqlite3_column_blob(statement, column) else { return nil }
        let count = Int(unsafe sqlite3_column_bytes(statement, column))
        return unsafe Array(UnsafeRawBufferPointer(start: start, count: count))
    }
}
