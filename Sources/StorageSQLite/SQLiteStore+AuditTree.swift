import AuditTrail
import GRDB
import GatewayCore
package import Storage

extension SQLiteStore {
    package func auditTreeHead() async throws -> AuditTreeHead {
        try await read { try $0.auditTreeHead() }
    }

    package func auditRoot(at size: Int64) async throws -> [UInt8]? {
        try await read { database in
            guard try (0...database.auditTreeHead().size).contains(size) else { return nil }
            return try database.treeReader().root(size: size).octets
        }
    }

    package func auditInclusionProof(of index: Int64, size: Int64) async throws -> [[UInt8]]? {
        try await read { database in
            guard size > 0, try size <= database.auditTreeHead().size, (1...size).contains(index) else { return nil }
            return try database.treeReader().inclusionProof(of: index - 1, size: size).map(\.octets)
        }
    }

    package func auditConsistencyProof(from old: Int64, to new: Int64) async throws -> [[UInt8]]? {
        try await read { database in
            guard try new <= database.auditTreeHead().size, old >= 0, old <= new else { return nil }
            return try database.treeReader().consistencyProof(from: old, to: new).map(\.octets)
        }
    }

    package func connectionBehindLog() async throws -> ConnectionBehindLog? {
        let steps: [AuditAction] = [.connectionCreated, .connectionReauthorized, .tokensRefreshed]
        return try await read { database in
            try database.record(
                """
                SELECT c.id, min(c.generation, coalesce(k.generation, c.generation)) AS present,
                    a.generation AS logged, a."index" AS entry
                FROM audit_log a JOIN connections c ON c.id = a.connection_id
                LEFT JOIN credentials k ON k.connection_id = c.id
                WHERE a.action IN (\(steps.map { "'\($0.rawValue)'" }.joined(separator: ", ")))
                    AND a.outcome = 'succeeded' AND a.generation > present
                ORDER BY a."index" LIMIT 1
                """
            ).map {
                ConnectionBehindLog(
                    connection: try $0.identifier("id"), generation: UInt64(bitPattern: try $0.integer("present")),
                    logged: UInt64(bitPattern: try $0.integer("logged")), entry: try $0.integer("entry"))
            }
        }
    }

    package func readAuditTree(
        rootsAt sizes: Set<Int64>, report: @escaping @Sendable (Int64) -> Void
    ) async throws -> AuditReading {
        try await read { try AuditTreeReading(of: $0, rootsAt: sizes, report: report).read() }
    }
}

extension Database {
    func auditTreeHead() throws -> AuditTreeHead {
        let frontier = try auditFrontier()
        return AuditTreeHead(size: frontier.size, root: frontier.root.octets)
    }

    func auditFrontier() throws -> TreeFrontier {
        guard let row = try cachedRow("SELECT size, frontier FROM audit_head"),
            let frontier = TreeFrontier(size: try row.integer("size"), octets: try row.bytes("frontier"))
        else { throw StorageError.damaged }
        return frontier
    }

    func treeReader() -> TreeReader {
        TreeReader { try self.hash(of: $0) }
    }

    private func hash(of node: TreeNode) throws -> TreeHash {
        guard node.level >= AuditTreeWriter.lowestKeptLevel else { return try madeHash(of: node) }
        let row = try cachedRow(
            "SELECT hash FROM audit_nodes WHERE level = ? AND position = ?", [node.level, node.position])
        guard let hash = try row.flatMap({ TreeHash(try $0.bytes("hash")) }) else { throw StorageError.damaged }
        return hash
    }

    private func madeHash(of node: TreeNode) throws -> TreeHash {
        let sql = #"SELECT leaf_hash FROM audit_log WHERE "index" > ? AND "index" <= ? ORDER BY "index""#
        let leaves = try Row.fetchAll(
            cachedStatement(sql: sql), arguments: [node.leaves.lowerBound, node.leaves.upperBound])
        guard leaves.count == node.leaves.count else { throw StorageError.damaged }
        var subtree = TreeFrontier()
        for leaf in leaves {
            guard let hash = TreeHash(try Record(row: leaf).bytes("leaf_hash")) else { throw StorageError.damaged }
            subtree.append(hash)
        }
        return subtree.root
    }
}
