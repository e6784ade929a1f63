import FoundationEssentials
package import GatewayCore
package import Storage
import TokenVault

/// What shows that nothing needs a former key any more (KEY-12).
package struct CompletenessProof: Sendable, Equatable {
    /// The one key that was at hand while every record was opened.
    package let primary: String
    /// Rows by table and key.
    package let counts: [SealedTable: [String: Int]]
    package let opened: Int
    /// Rows that did not open with the primary key alone; the first few.
    package let unreadable: [String]
    package let unreadableCount: Int
    /// Connections whose row is older than the audit log says it was (CR-17).
    package let rolledBack: [ConnectionID]
    /// Token sets that the database has not taken yet, by the key they are sealed under.
    package let beside: [String: Int]
    /// Whether the write-ahead log was emptied afterwards; a reader elsewhere can keep it from that for a while.
    package let isPurged: Bool

    package var leftBehind: Int {
        (counts.values + [beside]).reduce(0) { sum, keys in
            sum + keys.reduce(0) { $1.key == primary ? $0 : $0 + $1.value }
        }
    }

    /// At least so many records are not as they should be.
    package var faults: Int { max(leftBehind, unreadableCount, rolledBack.count) }

    package var isComplete: Bool { leftBehind == 0 && unreadableCount == 0 && rolledBack.isEmpty }

    /// As it stands in the audit log: `dk-2 opened=200 unreadable=0 rolled_back=0 purged=1; credentials dk-2=200`.
    package var summary: String {
        let places = SealedTable.allCases.map { ($0.rawValue, counts[$0] ?? [:]) } + [("spill", beside)]
        let tables = places.compactMap { name, keys -> String? in
            guard !keys.isEmpty else { return nil }
            return ([name] + keys.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })
                .joined(separator: " ")
        }
        let head =
            "\(primary) opened=\(opened) unreadable=\(unreadableCount) rolled_back=\(rolledBack.count) "
            + "purged=\(isPurged ? 1 : 0)"
        return ([head] + tables).joined(separator: "; ")
    }
}

extension KeyRotation {
    /// Counts rows by key over every sealed column, opens every record with all other keys withheld, empties the
    /// write-ahead log, and writes what it found into the audit log. An incomplete proof is an answer, not an error.
    package func verify(actor: AuditActor) async throws -> CompletenessProof {
        try await keyring.catchUp()
        let (vault, primary) = try await vaultWithPrimaryOnly()
        var (opened, unreadable, unreadableCount): (Int, [String], Int) = (0, [], 0)
        for table in SealedTable.allCases {
            var after = ""
            while case let rows = try await store.sealedRows(of: table, notUnder: nil, after: after, limit: batch),
                let last = rows.last
            {
                for row in rows {
                    if vault.opens(row) {
                        opened += 1
                    } else {
                        unreadableCount += 1
                        if unreadable.count < 20 { unreadable.append("\(table.rawValue) \(row.row)") }
                    }
                }
                after = last.row
            }
        }
        let proof = CompletenessProof(
            primary: primary, counts: try await store.sealedRowCounts(), opened: opened, unreadable: unreadable,
            unreadableCount: unreadableCount, rolledBack: try await store.rolledBackConnections(),
            beside: try await countsBeside(), isPurged: try await store.purgeRemnants())
        try await store.append([
            event(
                .rotationVerified, proof.summary, actor,
                outcome: proof.isComplete ? .succeeded : .failed(code: "keys.incomplete"))
        ])
        return proof
    }

    private func vaultWithPrimaryOnly() async throws -> (Vault, String) {
        let primary = try await store.dataKeys().filter { $0.state == DataKeyState.primary.rawValue }
        let alone = try Keyring(
            unwrapping: try primary.map(KeyringLoader.wrapped), rootKey: keyring.rootKey,
            oldest: try await KeyringLoader(store: store, clock: clock).oldestOpening())
        return (Vault(keyring: alone), alone.primaryKeyID.description)
    }
}

extension Vault {
    func opens(_ row: SealedRow) -> Bool {
        row.columns.allSatisfy { column, bytes in
            guard let record = try? SealedRecord(parsing: bytes) else { return false }
            return (try? open(record, in: row.context(column))) != nil
        }
    }
}
