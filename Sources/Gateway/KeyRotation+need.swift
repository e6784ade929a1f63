import GatewayCore
import Storage
import TokenVault

// Who needs a key besides the rows that say so: what a store asks of itself within a step sees neither (KEY-13, KEY-14).
extension KeyRotation {
    /// Throws while a record names the key that its row does not name, or a token set beside the database needs it.
    func refuseWhileNeeded(_ id: String) async throws {
        if let (table, row, records) = try await recordsThatName(id) {
            throw KeyRotationRefusal.key(id, .needed(by: table, row: row, records: records))
        }
        let sets = try await setsBeside().filter { $0.names(id) }
        guard let first = sets.first else { return }
        throw KeyRotationRefusal.neededBeside(key: id, connection: first.connection, sets: sets.count)
    }

    /// Token sets that wait in the spill and can still be saved, by the key they name. They exist nowhere else.
    func countsBeside() async throws -> [String: Int] {
        try await setsBeside().reduce(into: [:]) { $0[$1.keyID, default: 0] += 1 }
    }

    private func setsBeside() async throws -> [SealedCredential] {
        var sets: [SealedCredential] = []
        for renewal in spill?.waiting().renewals ?? [] {
            let stored = try await store.credential(of: renewal.credential.connection)
            // One that fits nothing is never saved, and stays until somebody removes it.
            if stored?.generation == renewal.replaces { sets.append(renewal.credential) }
        }
        return sets
    }

    /// Rows under another key whose records were sealed under this one: the first, and how many.
    private func recordsThatName(_ id: String) async throws -> (SealedTable, String, Int)? {
        var found: (table: SealedTable, row: String, records: Int)?
        for table in SealedTable.allCases {
            var after = ""
            while case let rows = try await store.sealedRows(of: table, notUnder: id, after: after, limit: batch),
                let last = rows.last
            {
                for row in rows where row.columns.values.contains(where: { SealedRecord.names(id, in: $0) }) {
                    found = (found?.table ?? table, found?.row ?? row.row, (found?.records ?? 0) + 1)
                }
                after = last.row
            }
        }
        return found
    }
}

extension SealedCredential {
    fileprivate func names(_ id: String) -> Bool {
        keyID == id || [accessToken, refreshToken].contains { $0.map { SealedRecord.names(id, in: $0) } ?? false }
    }
}

extension SealedRecord {
    fileprivate static func names(_ id: String, in bytes: [UInt8]) -> Bool {
        (try? SealedRecord(parsing: bytes))?.keyID.description == id
    }
}
