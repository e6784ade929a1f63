import FoundationEssentials
import GRDB
import GatewayCore
package import Storage

extension SQLiteStore {
    package func sealedRows(
        of table: SealedTable, notUnder keyID: String?, after row: String, limit: Int
    ) async throws -> [SealedRow] {
        let layout = SealedTableLayout(table)
        let columns = layout.columns.map { "\(layout.table).\($0.column)" }.joined(separator: ", ")
        let sql = """
            SELECT \(layout.id), \(layout.tenant), \(layout.organization), \(layout.generation), \(layout.keyColumn),
                \(columns)
            FROM \(layout.joined)
            WHERE \(layout.id) > ? AND \(layout.holds) \(keyID == nil ? "" : "AND \(layout.keyColumn) <> ?")
            ORDER BY \(layout.id) LIMIT ?
            """
        return try await read { database in
            let arguments: StatementArguments = keyID.map { [row, $0, limit] } ?? [row, limit]
            let cursor = try Row.fetchCursor(
                try database.cachedStatement(sql: sql), arguments: arguments)
            var rows: [SealedRow] = []
            while let row = try cursor.next() { rows.append(try Self.sealedRow(row, table, layout)) }
            return rows
        }
    }

    package func sealedRowCounts() async throws -> [SealedTable: [String: Int]] {
        try await read { try $0.sealedRowCounts() }
    }

    /// By position: by name costs as much as opening the record.
    private static func sealedRow(_ row: Row, _ table: SealedTable, _ layout: SealedTableLayout) throws -> SealedRow {
        guard let id = String.fromDatabaseValue(row[0]),
            let tenant = String.fromDatabaseValue(row[1]).flatMap(TenantID.init),
            let organization = String.fromDatabaseValue(row[2]), let generation = Int64.fromDatabaseValue(row[3]),
            let keyID = String.fromDatabaseValue(row[4])
        else { throw StorageError.damaged }
        var columns: [String: [UInt8]] = [:]
        for (offset, name) in layout.columns.enumerated() {
            guard let data = Data.fromDatabaseValue(row[5 + offset]) else { continue }
            columns[name.context] = [UInt8](data)
        }
        return SealedRow(
            table: table, row: id, tenant: tenant, organization: organization,
            generation: UInt64(bitPattern: generation), columns: columns, keyID: keyID)
    }
}

extension Database {
    func sealedRowCounts() throws -> [SealedTable: [String: Int]] {
        var counts: [SealedTable: [String: Int]] = [:]
        for table in SealedTable.allCases {
            let layout = SealedTableLayout(table)
            // Not joined: a row whose connection is gone is a row that needs its key all the same.
            let found = try records(
                "SELECT key_id, count(*) AS records FROM \(layout.table) WHERE \(layout.holds) GROUP BY key_id")
            counts[table] = Dictionary(
                uniqueKeysWithValues: try found.map { (try $0.text("key_id"), Int(try $0.integer("records"))) })
        }
        return counts
    }
}
