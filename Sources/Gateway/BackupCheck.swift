package import Storage
import TokenVault

/// What a database that comes out of a backup holds, and what of it opens.
package struct BackupCheck: Sendable, Equatable {
    private static let batch = 500
    private static let mostNamed = 20

    package let opened: Int
    /// Rows that do not open; the first few.
    package let unreadable: [String]
    package let unreadableCount: Int
    /// Keys that rows need and that are not there any more, with the number of rows.
    package let missingKeys: [String: Int]
    /// Keys that rows stand under and that are not primary, with state and number of rows (KEY-28).
    package let formerKeys: [String: FormerKey]

    package struct FormerKey: Sendable, Equatable {
        package let state: String
        package let records: Int
    }

    package var needsReseal: Bool { !formerKeys.isEmpty }

    /// Opens every record with the keys that the store has. Changes nothing.
    package init(of store: any GatewayStore, keyring: LiveKeyring) async throws {
        var (opened, unreadable, unreadableCount): (Int, [String], Int) = (0, [], 0)
        for table in SealedTable.allCases {
            var after = ""
            while case let rows = try await store.sealedRows(of: table, notUnder: nil, after: after, limit: Self.batch),
                let last = rows.last
            {
                for row in rows {
                    if keyring.vault.opens(row) {
                        opened += 1
                    } else {
                        unreadableCount += 1
                        if unreadable.count < Self.mostNamed { unreadable.append("\(table.rawValue) \(row.row)") }
                    }
                }
                after = last.row
            }
        }
        self.opened = opened
        self.unreadable = unreadable
        self.unreadableCount = unreadableCount
        (missingKeys, formerKeys) = try await Self.keys(of: store)
    }

    private static func keys(
        of store: any GatewayStore
    ) async throws -> ([String: Int], [String: FormerKey]) {
        let states = Dictionary(uniqueKeysWithValues: try await store.dataKeys().map { ($0.id, $0.state) })
        var (missing, former): ([String: Int], [String: FormerKey]) = ([:], [:])
        for (id, records) in try await store.recordCounts() where records > 0 {
            switch states[id].flatMap(DataKeyState.init) {
            case .primary: continue
            case nil, .destroyed: missing[id] = records
            case let state?: former[id] = FormerKey(state: state.rawValue, records: records)
            }
        }
        return (missing, former)
    }
}
