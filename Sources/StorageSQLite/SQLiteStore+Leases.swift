package import FoundationEssentials
package import GatewayCore
import GRDB
package import Storage

extension SQLiteStore {
    package func insertLease(_ lease: TokenLease, audit: AuditEvent) async throws {
        do {
            try await leases.insert(lease, audit: audit)
        } catch {
            throw StorageError.mapping(error)
        }
    }

    package func lease(_ id: LeaseID) async throws -> TokenLease? {
        try await read { try $0.record("SELECT * FROM token_leases WHERE id = ?", [id.text])?.lease() }
    }

    package func releaseLease(_ id: LeaseID, at: Date, audit: AuditEvent) async throws -> Bool {
        try await writeGrouped { database in
            let changed = try database.change(
                "UPDATE token_leases SET released_at = ? WHERE id = ? AND released_at IS NULL",
                [at.milliseconds, id.text])
            guard changed == 1 else { return false }
            try database.append([audit])
            return true
        }
    }

    package func openLeases(of connection: ConnectionID, at: Date) async throws -> [TokenLease] {
        try await read { database in
            try database.records(
                """
                SELECT * FROM token_leases WHERE connection_id = ? AND released_at IS NULL AND expires_at > ?
                ORDER BY created_at, id
                """, [connection.text, at.milliseconds]
            ).map { try $0.lease() }
        }
    }

    package func openLeaseSummary(of connection: ConnectionID, at: Date) async throws -> LeaseSummary {
        try await read { database in
            let found = try database.record(
                """
                SELECT count(*) AS leases, count(DISTINCT holder) AS holders, min(created_at) AS oldest,
                    max(expires_at) AS last_end
                FROM (SELECT holder, created_at, expires_at FROM token_leases
                    WHERE connection_id = ? AND expires_at > ? AND released_at IS NULL LIMIT ?)
                """, [connection.text, at.milliseconds, LeaseSummary.most])
            guard let found else { return .none }
            let holders = try database.records(
                """
                SELECT holder, name FROM (SELECT DISTINCT holder
                    FROM (SELECT holder FROM token_leases
                        WHERE connection_id = ? AND expires_at > ? AND released_at IS NULL LIMIT ?)
                    ORDER BY holder LIMIT ?) LEFT JOIN api_keys ON api_keys.id = holder ORDER BY holder
                """, [connection.text, at.milliseconds, LeaseSummary.most, LeaseSummary.mostNamed])
            return LeaseSummary(
                count: Int(try found.integer("leases")), holders: Int(try found.integer("holders")),
                heldBy: try holders.map { LeaseHolder(id: try $0.text("holder"), name: try $0.optionalText("name")) },
                oldest: try found.optionalDate("oldest"), lastEnd: try found.optionalDate("last_end"))
        }
    }

    package func sweepLeases(endedBefore now: Date) async throws {
        for column in Self.leaseEnds {
            while try await sweepSlice(column, endedBefore: now) == Self.leaseSlice { try Task.checkCancellation() }
        }
    }

    /// One transaction each, so that hand-offs need not wait for a long one.
    private func sweepSlice(_ column: String, endedBefore now: Date) async throws -> Int {
        try await write {
            try $0.change(Self.leaseSweep(column), [now.milliseconds, Self.leaseSlice])
        }
    }

    static let leaseSlice = 5_000
    static let leaseEnds = ["expires_at", "released_at"]

    /// Two statements with an index each, where one with an `OR` would read every lease there is.
    static func leaseSweep(_ column: String) -> String {
        """
        DELETE FROM token_leases
        WHERE rowid IN (SELECT rowid FROM token_leases WHERE \(column) < ? LIMIT ?)
        """
    }
}

extension Record {
    fileprivate func lease() throws -> TokenLease {
        TokenLease(
            id: try identifier("id"), connection: try identifier("connection_id"),
            generation: UInt64(bitPattern: try integer("generation")), holder: try text("holder"),
            createdAt: try date("created_at"), expiresAt: try date("expires_at"))
    }
}
