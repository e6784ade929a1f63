import AuditTrail
import GRDB
import GRDBSQLite
import GatewayCore
import Storage

/// Reads the log from its first entry to its last and makes the tree anew, octet by octet as the database lends them: a
/// million entries a second leave no time for values of our own.
struct AuditTreeReading {
    /// Two entries of one moment may stand in either order; a second is no accident.
    private static let tolerance: Int64 = 1000

    private let database: Database
    private let sizes: Set<Int64>
    private let kept: KeptNodes
    private var frontier = TreeFrontier()
    private var leaf = AuditLeaf()
    private var roots: [Int64: [UInt8]] = [:]
    private var latest = Int64.min
    private var stepsBack = 0
    private var firstStepBack: Int64?
    private var introductions: [Int64: String] = [:]
    private var acceptances: [Int64: String] = [:]
    private let report: (Int64) -> Void
    private static let step: Int64 = 100_000

    init(of database: Database, rootsAt sizes: Set<Int64>, report: @escaping (Int64) -> Void) throws {
        self.report = report
        self.database = database
        self.sizes = sizes
        kept = try KeptNodes(database)
    }

    consuming func read() throws -> AuditReading {
        if sizes.contains(0) { roots[0] = TreeHash.empty.octets }
        let fault = try readEntries() ?? headFault()
        return AuditReading(
            fault: fault, size: frontier.size, root: frontier.root.octets, roots: roots, stepsBack: stepsBack,
            firstStepBack: firstStepBack, introductions: introductions, acceptances: acceptances)
    }

    private mutating func readEntries() throws -> AuditFault? {
        let statement = try database.makeStatement(
            sql: """
                SELECT "index", at, generation, leaf_hash, actor_kind, actor_id, action, outcome, outcome_code, tenant,
                    connection_id, subject, key_id FROM audit_log ORDER BY "index"
                """)
        let row = unsafe EntryRow(statement: statement.sqliteStatement)
        while try row.next() {
            if let fault = try take(row) { return fault }
        }
        return nil
    }

    private mutating func take(_ row: EntryRow) throws -> AuditFault? {
        let (index, expected) = (row.index, frontier.size + 1)
        guard index == expected else { return index > expected ? .missing(expected) : .added(index) }
        row.write(to: &leaf)
        let hash = leaf.hash
        guard row.leafHash == hash else { return .changed(index) }
        var broken: TreeNode?
        try frontier.append(hash) { node, hash in
            guard node.level >= AuditTreeWriter.lowestKeptLevel, broken == nil else { return }
            if try kept.hash(of: node) != hash { broken = node }
        }
        if let broken { return .replaced(broken.leaves.lowerBound + 1...broken.leaves.upperBound) }
        note(index: index, at: row.at)
        if row.introducesKey { introductions[index] = row.subject }
        if row.acceptsRestore { acceptances[index] = row.subject }
        if index.isMultiple(of: Self.step) { report(index) }
        return nil
    }

    private mutating func note(index: Int64, at: Int64) {
        if sizes.contains(index) { roots[index] = frontier.root.octets }
        if at < latest, latest - at > Self.tolerance {
            stepsBack += 1
            firstStepBack = firstStepBack ?? index
        }
        latest = max(latest, at)
    }

    private func headFault() throws -> AuditFault? {
        guard let head = try? database.auditFrontier() else { return .head(1...max(frontier.size, 1)) }
        if head.size > frontier.size { return .missing(frontier.size + 1) }
        if head.size < frontier.size { return .added(head.size + 1) }
        // Behind the last kept subtree nothing but the head vouches for an entry.
        let vouched = (frontier.size >> AuditTreeWriter.lowestKeptLevel) << AuditTreeWriter.lowestKeptLevel
        guard head == frontier else { return .head(min(vouched + 1, frontier.size)...frontier.size) }
        guard try kept.hasNoneBehind() else { return .added(frontier.size + 1) }
        return nil
    }
}

/// The kept subtree hashes, in the order in which reading completes them.
private struct KeptNodes {
    private let one: Statement
    private let count: Statement
    private let head: Int64

    init(_ database: Database) throws {
        one = try database.makeStatement(sql: "SELECT hash FROM audit_nodes WHERE level = ? AND position = ?")
        count = try database.makeStatement(sql: "SELECT count(*) FROM audit_nodes")
        head = try Int64.fetchOne(database, sql: "SELECT size FROM audit_head") ?? 0
    }

    func hash(of node: TreeNode) throws -> TreeHash? {
        try Row.fetchOne(one, arguments: [node.level, node.position]).flatMap {
            TreeHash(try Record(row: $0).bytes("hash"))
        }
    }

    /// No more than the tree has: a planted one would stop the log at that place.
    func hasNoneBehind() throws -> Bool {
        let expected = (AuditTreeWriter.lowestKeptLevel..<62).reduce(0) { $0 + head >> Int64($1) }
        return try Int64.fetchOne(count) == expected
    }
}

/// The row under the statement's cursor, in the columns' order of `readEntries`.
@safe private struct EntryRow {
    private let statement: SQLiteStatement

    init(statement: SQLiteStatement) {
        unsafe self.statement = statement
    }

    func next() throws -> Bool {
        let code = unsafe sqlite3_step(statement)
        guard code == SQLITE_ROW || code == SQLITE_DONE else {
            throw DatabaseError(resultCode: ResultCode(rawValue: code))
        }
        return code == SQLITE_ROW
    }

    var index: Int64 { unsafe sqlite3_column_int64(statement, 0) }
    var at: Int64 { unsafe sqlite3_column_int64(statement, 1) }

    var leafHash: TreeHash? { unsafe TreeHash(lent: octets(3)) }

    /// Asked of every row, so not by making a text of it.
    var introducesKey: Bool { Self.introducing.contains { holds($0, in: 6) } }

    var acceptsRestore: Bool { holds(Self.accepting, in: 6) && holds(Self.succeeded, in: 7) }

    private func holds(_ word: [UInt8], in column: Int32) -> Bool {
        let octets = unsafe octets(column)
        return unsafe word.count == octets.count && word.elementsEqual(octets)
    }

    var subject: String { unsafe String(decoding: octets(11), as: UTF8.self) }

    private static let introducing = [AuditAction.auditKeyCreated, .auditKeyReplaced].map { Array($0.rawValue.utf8) }
    private static let accepting = Array(AuditAction.backupRestored.rawValue.utf8)
    private static let succeeded = Array("succeeded".utf8)

    func write(to leaf: inout AuditLeaf) {
        leaf.begin(index: index, at: at)
        add(4, to: &leaf)
        addOptional(5, to: &leaf)
        add(6, to: &leaf)
        add(7, to: &leaf)
        for column in 8...11 as ClosedRange<Int32> { addOptional(column, to: &leaf) }
        leaf.add(isNull(2) ? nil : UInt64(bitPattern: unsafe sqlite3_column_int64(statement, 2)))
        addOptional(12, to: &leaf)
    }

    private func add(_ column: Int32, to leaf: inout AuditLeaf) {
        unsafe leaf.add(text: octets(column))
    }

    private func addOptional(_ column: Int32, to leaf: inout AuditLeaf) {
        let value = unsafe sqlite3_column_value(statement, column)
        guard unsafe sqlite3_value_type(value) != SQLITE_NULL else { return leaf.addNothing() }
        leaf.addPresence()
        unsafe leaf.add(text: Self.octets(value))
    }

    private func isNull(_ column: Int32) -> Bool {
        unsafe sqlite3_column_type(statement, column) == SQLITE_NULL
    }

    private func octets(_ column: Int32) -> UnsafeRawBufferPointer {
        unsafe Self.octets(sqlite3_column_value(statement, column))
    }

    /// Valid until the next row; texts lie in the database as UTF-8, so nothing is converted. The column is looked up once
    /// and its value asked the rest, which is safe because nobody else has the connection meanwhile.
    private static func octets(_ value: OpaquePointer?) -> UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: sqlite3_value_blob(value), count: Int(sqlite3_value_bytes(value)))
    }
}
