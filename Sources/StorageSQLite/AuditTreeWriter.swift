import AuditTrail
import FoundationEssentials
import GRDB
import Storage

/// Appends to the tree within one transaction.
///
/// The frontier is read inside it: another process may have written since, and an earlier change of this one may have been
/// rolled back.
struct AuditTreeWriter {
    /// Hashes of smaller subtrees are not kept: sixteen leaf hashes make them again in no time.
    static let lowestKeptLevel = 4

    private let database: Database
    private var frontier: TreeFrontier
    private var leaf = AuditLeaf()

    /// Throws `damaged` when entries and tree do not have the same size: nothing may be written that no tree vouches for.
    init(_ database: Database) throws {
        self.database = database
        frontier = try database.auditFrontier()
    }

    var nextIndex: Int64 { frontier.size + 1 }

    mutating func add(_ record: AuditRecord) throws -> TreeHash {
        guard record.index == nextIndex else { throw StorageError.damaged }
        leaf.write(record)
        let hash = leaf.hash
        try frontier.append(hash) { [database] node, hash in
            guard node.level >= Self.lowestKeptLevel else { return }
            try database.cachedStatement(sql: "INSERT INTO audit_nodes VALUES (?, ?, ?)").execute(
                arguments: [node.level, node.position, hash.octets.data])
        }
        return hash
    }

    func finish() throws {
        try database.cachedStatement(sql: "UPDATE audit_head SET size = ?, frontier = ?").execute(
            arguments: [frontier.size, frontier.octets.data])
        guard database.changesCount == 1 else { throw StorageError.damaged }
    }
}

extension Database {
    /// The largest index is always the tree's size, or somebody changed one of them behind our back.
    func auditTreeWriter() throws -> AuditTreeWriter {
        let tree = try AuditTreeWriter(self)
        let last = try cachedRow(#"SELECT max("index") AS last FROM audit_log"#)?.optionalInteger("last") ?? 0
        guard tree.nextIndex == last + 1 else { throw StorageError.damaged }
        return tree
    }

    func cachedRow(_ sql: String, _ arguments: StatementArguments = []) throws -> Record? {
        try Row.fetchOne(cachedStatement(sql: sql), arguments: arguments).map(Record.init(row:))
    }
}

extension AuditEntry {
    var record: AuditRecord { AuditRecord(index: index, event: event) }
}
