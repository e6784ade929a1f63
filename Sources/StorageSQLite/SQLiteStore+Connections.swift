package import FoundationEssentials
package import GatewayCore
import GRDB
package import Storage

extension SQLiteStore {
    package func saveConnected(
        _ connection: Connection, credential: SealedCredential, replacing: UInt64?, queueing: PendingRevocation?,
        audit: [AuditEvent]
    ) async throws {
        guard credential.connection == connection.id, credential.generation == connection.generation else {
            throw StorageError.conflict
        }
        try await write { database in
            if let replacing {
                try database.replace(connection, generation: replacing)
            } else {
                try database.insert(into: "connections", connection.identityColumns)
                try database.update(connection)
            }
            try database.save(credential)
            if let queueing { try database.queue(queueing) }
            try database.append(audit)
        }
    }

    package func connection(_ id: ConnectionID) async throws -> Connection? {
        try await read { try $0.record("SELECT * FROM connections WHERE id = ?", [id.text])?.connection() }
    }

    package func liveConnection(tenant: TenantID, subdomain: String) async throws -> Connection? {
        try await read { database in
            try database.record(
                "SELECT * FROM connections WHERE tenant = ? AND subdomain = ? AND status <> 'disconnected'",
                [tenant.text, subdomain])?.connection()
        }
    }

    package func credential(of id: ConnectionID) async throws -> SealedCredential? {
        try await read { try $0.credential(of: id) }
    }

    package func setStatus(
        _ status: ConnectionStatus, reason: String?, of id: ConnectionID, generation: UInt64, at: Date,
        audit: AuditEvent
    ) async throws -> Bool {
        let changed = try await write { database in
            // A disconnected connection has no tokens a verdict could be about, and stays disconnected.
            let changed = try database.change(
                """
                UPDATE connections SET status = ?1, status_reason = ?2, updated_at = ?3
                WHERE id = ?4 AND generation = ?5 AND status <> 'disconnected'
                    AND (status <> ?1 OR status_reason IS NOT ?2)
                """, [status.rawValue, reason, at.milliseconds, id.text, generation.stored])
            guard changed == 1 else { return false }
            if status == .disconnected { try database.deleteCredential(of: id) }
            try database.append([audit])
            return true
        }
        if changed, status == .disconnected { await purgeAfterErasure() }
        return changed
    }

    @discardableResult
    package func eraseCredential(
        of id: ConnectionID, generation: UInt64?, reason: String?, queueing: PendingRevocation?, at: Date,
        audit: [AuditEvent]
    ) async throws -> Int64? {
        let index: Int64? = try await write { database in
            if let generation {
                let other = try database.record(
                    "SELECT 1 FROM connections WHERE id = ? AND generation <> ? AND status <> 'disconnected'",
                    [id.text, generation.stored])
                guard other == nil else { throw StorageError.conflict }
            }
            let marked = try database.change(
                """
                UPDATE connections SET status = 'disconnected', status_reason = ?, updated_at = ?,
                    access_token_expires_at = NULL, refresh_token_expires_at = NULL
                WHERE id = ? AND status <> 'disconnected'
                """, [reason, at.milliseconds, id.text])
            let erased = try database.deleteCredential(of: id)
            guard marked + erased > 0 else { return nil }
            if let queueing { try database.queue(queueing) }
            try database.append(audit)
            return try database.lastAuditIndex() - Int64(audit.count) + 1
        }
        await purgeAfterErasure()
        return index
    }
}

extension Database {
    /// Takes the place of exactly the generation that was read. Id, tenant, organization and beginning never change, and a
    /// disconnect that came in between wins.
    fileprivate func replace(_ connection: Connection, generation: UInt64) throws {
        let current = try record(
            """
            SELECT 1 FROM connections
            WHERE id = ? AND tenant = ? AND subdomain = ? AND generation = ? AND status <> 'disconnected'
            """, [connection.id.text, connection.tenant.text, connection.subdomain, generation.stored])
        guard current != nil, connection.generation != generation else { throw StorageError.conflict }
        try update(connection)
    }

    fileprivate func update(_ connection: Connection) throws {
        let columns = connection.changingColumns
        let assignments = columns.map { "\($0.key) = ?" }.joined(separator: ", ")
        try execute(
            sql: "UPDATE connections SET \(assignments) WHERE id = ?",
            arguments: StatementArguments(columns.map(\.value) + [connection.id.text]))
    }

    func credential(of id: ConnectionID) throws -> SealedCredential? {
        try record("SELECT * FROM credentials WHERE connection_id = ?", [id.text])?.credential()
    }

    func save(_ credential: SealedCredential) throws {
        try execute(
            sql: """
                INSERT INTO credentials (connection_id, generation, access_token, refresh_token, key_id)
                VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (connection_id) DO UPDATE SET generation = excluded.generation,
                    access_token = excluded.access_token, refresh_token = excluded.refresh_token,
                    key_id = excluded.key_id
                """,
            arguments: [
                credential.connection.text, credential.generation.stored, credential.accessToken.data,
                credential.refreshToken?.data, credential.keyID,
            ])
    }

    @discardableResult
    fileprivate func deleteCredential(of id: ConnectionID) throws -> Int {
        try change("DELETE FROM credentials WHERE connection_id = ?", [id.text])
    }
}

extension Record {
    fileprivate func credential() throws -> SealedCredential {
        SealedCredential(
            connection: try identifier("connection_id"), generation: UInt64(bitPattern: try integer("generation")),
            accessToken: try bytes("access_token"), refreshToken: try optionalBytes("refresh_token"),
            keyID: try text("key_id"))
    }
}
