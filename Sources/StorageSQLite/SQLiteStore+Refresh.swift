package import FoundationEssentials
package import GatewayCore
import GRDB
package import Storage

extension SQLiteStore {
    package func beginRefresh(
        of connection: ConnectionID, generation: UInt64, by holder: RefreshHolder, audit: AuditEvent
    ) async throws -> RefreshTurn {
        try await writeGrouped { database in
            if let open = try database.openRefresh(of: connection) { return .taken(open) }
            let current = try database.record(
                "SELECT 1 FROM connections WHERE id = ? AND generation = ? AND status IN ('active', 'in_doubt')",
                [connection.text, generation.stored])
            guard current != nil else { return .stale }
            try database.forgetOldRefreshes(of: connection)
            try database.insert(
                into: "refresh_journal",
                [
                    "connection_id": connection.text, "generation": generation.stored,
                    "phase": RefreshPhase.begun.rawValue, "holder": holder.name, "fence": 1,
                    "begun_at": holder.at.milliseconds, "sent_at": holder.at.milliseconds,
                    "held_until": holder.until.milliseconds,
                ])
            try database.setDue(of: connection, holder.until, at: holder.at)
            try database.append([audit])
            guard let entry = try database.openRefresh(of: connection) else { throw StorageError.damaged }
            return .begun(entry)
        }
    }

    package func takeOverRefresh(
        _ entry: RefreshEntry, by holder: RefreshHolder, endedBy at: Date, horizon: Date
    ) async throws -> RefreshEntry? {
        try await writeGrouped { database in
            let taken = try database.record(
                """
                UPDATE refresh_journal SET holder = ?1, fence = fence + 1, held_until = ?2,
                    sent_at = iif(held_until > ?6, min(sent_at, ?7), sent_at)
                WHERE id = ?3 AND fence = ?4 AND ended_at IS NULL AND (held_until <= ?5 OR held_until > ?6) RETURNING *
                """,
                [
                    holder.name, holder.until.milliseconds, entry.id, entry.fence, at.milliseconds,
                    horizon.milliseconds, holder.at.milliseconds,
                ])
            guard let taken = try taken?.refreshEntry() else { return nil }
            try database.setDue(of: entry.connection, holder.until, at: holder.at)
            return taken
        }
    }

    package func noteRefresh(
        _ entry: RefreshEntry, _ step: RefreshStep, audit: [AuditEvent]
    ) async throws -> RefreshEntry? {
        try await writeGrouped { database in
            guard let noted = try database.note(step, in: entry) else { return nil }
            var events = audit
            // While the entry is open the trigger keeps the schedule; the change comes after the end was written.
            if let change = step.change, try database.apply(change, to: entry, at: step.at) {
                events += [change.audit].compactMap { $0 }
            }
            try database.putOff(entry.connection, step)
            try database.append(events)
            return noted
        }
    }

    package func replaceCredential(
        _ renewal: CredentialRenewal, audit: [AuditEvent], recovery: AuditEvent?
    ) async throws {
        let credential = renewal.credential
        try await writeGrouped { database in
            let isRecovery = try database.isUnwell(credential.connection)
            let replaced = try database.change(
                """
                UPDATE connections SET generation = ?, status = 'active', status_reason = NULL, granted_scopes = ?,
                    access_token_expires_at = ?, refresh_token_expires_at = ?, updated_at = ?
                WHERE id = ? AND generation = ? AND status <> 'disconnected'
                """,
                [
                    credential.generation.stored, renewal.grantedScopes.text,
                    renewal.accessTokenExpiresAt?.milliseconds, renewal.refreshTokenExpiresAt?.milliseconds,
                    renewal.at.milliseconds, credential.connection.text, renewal.replaces.stored,
                ])
            guard replaced == 1 else { throw StorageError.conflict }
            try database.save(credential)
            try database.execute(
                sql: """
                    UPDATE refresh_journal SET phase = 'committed', outcome = ?, ended_at = ?
                    WHERE connection_id = ? AND generation = ? AND ended_at IS NULL
                    """,
                arguments: [
                    renewal.outcome, renewal.at.milliseconds, credential.connection.text, renewal.replaces.stored,
                ])
            try database.execute(
                sql: "UPDATE refresh_schedule SET due_at = ?, learned_lifetime = ? WHERE connection_id = ?",
                arguments: [renewal.due.milliseconds, renewal.learnedLifetime, credential.connection.text])
            try database.append(audit + [isRecovery ? recovery : nil].compactMap { $0 })
        }
    }

    package func refreshState(of id: ConnectionID) async throws -> RefreshState? {
        try await read { database in
            guard
                let connection = try database.record("SELECT * FROM connections WHERE id = ?", [id.text])?.connection()
            else { return nil }
            return RefreshState(
                connection: connection, credential: try database.credential(of: id),
                schedule: try database.refreshSchedule(of: connection), entry: try database.openRefresh(of: id),
                lastOutcome: try database.lastOutcome(of: connection),
                leasedUntil: try database.leaseEnd(of: connection),
                cameAfterRejection: try database.cameAfterRejection(connection))
        }
    }

    package func lastRefresh(of connection: ConnectionID) async throws -> RefreshEntry? {
        try await read { database in
            try database.record(
                "SELECT * FROM refresh_journal WHERE connection_id = ? ORDER BY id DESC LIMIT 1", [connection.text]
            )?.refreshEntry()
        }
    }
}

extension Database {
    fileprivate func isUnwell(_ connection: ConnectionID) throws -> Bool {
        try record(
            "SELECT 1 FROM connections WHERE id = ? AND (status <> 'active' OR status_reason IS NOT NULL)",
            [connection.text]) != nil
    }

    fileprivate func openRefresh(of connection: ConnectionID) throws -> RefreshEntry? {
        try record(
            "SELECT * FROM refresh_journal WHERE connection_id = ? AND ended_at IS NULL", [connection.text]
        )?.refreshEntry()
    }

    /// The audit log has them all; of the journal only the last one of a connection says anything.
    fileprivate func forgetOldRefreshes(of connection: ConnectionID) throws {
        try execute(
            sql: """
                DELETE FROM refresh_journal WHERE connection_id = ?1 AND ended_at IS NOT NULL
                    AND id < (SELECT max(id) FROM refresh_journal WHERE connection_id = ?1)
                """, arguments: [connection.text])
    }

    fileprivate func setDue(of connection: ConnectionID, _ due: Date, at: Date) throws {
        try execute(
            sql: """
                INSERT INTO refresh_schedule (connection_id, due_at, obtained_at) VALUES (?, ?, ?)
                ON CONFLICT (connection_id) DO UPDATE SET due_at = excluded.due_at
                """, arguments: [connection.text, due.milliseconds, at.milliseconds])
    }

    fileprivate func note(_ step: RefreshStep, in entry: RefreshEntry) throws -> RefreshEntry? {
        try record(
            """
            UPDATE refresh_journal SET phase = ?1, held_until = ?2, outcome = coalesce(?3, outcome),
                sent_at = iif(?4, ?5, sent_at), marked = coalesce(?6, marked),
                doubts = iif(?7, doubts + 1, doubts), ended_at = iif(?8, ?5, NULL)
            WHERE id = ?9 AND fence = ?10 AND ended_at IS NULL RETURNING *
            """,
            [
                step.phase.rawValue, step.due.milliseconds, step.outcome, step.sends, step.at.milliseconds,
                step.marks, step.counts == .grows && !step.phase.isEnd, step.phase.isEnd, entry.id, entry.fence,
            ])?.refreshEntry()
    }

    fileprivate func apply(_ change: RefreshStep.StatusChange, to entry: RefreshEntry, at: Date) throws -> Bool {
        try self.change(
            """
            UPDATE connections SET status = ?1, status_reason = ?2, updated_at = ?3
            WHERE id = ?4 AND generation = ?5 AND status IN ('active', 'in_doubt')
                AND (status <> ?1 OR status_reason IS NOT ?2)
            """,
            [
                change.status.rawValue, change.reason, at.milliseconds, entry.connection.text,
                entry.generation.stored,
            ]) == 1
    }

    /// Takes the connection out of the schedule when its entry has ended and it needs somebody's authorization.
    fileprivate func putOff(_ connection: ConnectionID, _ step: RefreshStep) throws {
        let grows = step.counts == .grows
        try execute(
            sql: """
                UPDATE refresh_schedule SET due_at = ?1, not_before = iif(?2, ?1, iif(?3, NULL, not_before)),
                    forced_not_before = iif(?2, ?5, iif(?3, NULL, forced_not_before)),
                    failures = iif(?2, failures + 1, iif(?3, 0, failures))
                WHERE connection_id = ?4
                """,
            arguments: [
                step.due.milliseconds, grows, step.counts == .clears, connection.text,
                step.forcedNotBefore?.milliseconds,
            ])
        guard step.phase.isEnd else { return }
        try execute(
            sql: """
                DELETE FROM refresh_schedule WHERE connection_id = ?1 AND EXISTS (
                    SELECT 1 FROM connections WHERE id = ?1 AND status IN ('needs_reauthorization', 'disconnected'))
                """, arguments: [connection.text])
    }

    fileprivate func refreshSchedule(of connection: Connection) throws -> RefreshSchedule {
        let row = try record("SELECT * FROM refresh_schedule WHERE connection_id = ?", [connection.id.text])
        return RefreshSchedule(
            due: try row?.date("due_at"), notBefore: try row?.optionalDate("not_before"),
            forcedNotBefore: try row?.optionalDate("forced_not_before"),
            failures: Int(try row?.integer("failures") ?? 0),
            obtainedAt: try row?.date("obtained_at") ?? connection.updatedAt,
            learnedLifetime: try row?.optionalInteger("learned_lifetime").map { Int($0) })
    }

    fileprivate func lastOutcome(of connection: Connection) throws -> String? {
        try record(
            """
            SELECT outcome FROM refresh_journal WHERE connection_id = ? AND generation = ? ORDER BY id DESC LIMIT 1
            """, [connection.id.text, connection.generation.stored])?.optionalText("outcome")
    }

    fileprivate func cameAfterRejection(_ connection: Connection) throws -> Bool {
        try record(
            "SELECT 1 FROM refresh_journal WHERE connection_id = ? AND generation = ? AND phase = ? AND outcome = ?",
            [
                connection.id.text, (connection.generation &- 1).stored, RefreshPhase.committed.rawValue,
                CredentialRenewal.afterRejection,
            ]) != nil
    }

    fileprivate func leaseEnd(of connection: Connection) throws -> Date? {
        try record(
            """
            SELECT max(expires_at) AS ends_at FROM token_leases
            WHERE connection_id = ? AND generation = ? AND released_at IS NULL
            """, [connection.id.text, connection.generation.stored])?.optionalDate("ends_at")
    }
}

extension Record {
    fileprivate func refreshEntry() throws -> RefreshEntry {
        RefreshEntry(
            id: try integer("id"), connection: try identifier("connection_id"),
            generation: UInt64(bitPattern: try integer("generation")), phase: try word("phase"),
            holder: try text("holder"), fence: try integer("fence"), begunAt: try date("begun_at"),
            sentAt: try date("sent_at"), heldUntil: try date("held_until"), isMarked: try integer("marked") != 0,
            doubts: Int(try integer("doubts")), outcome: try optionalText("outcome"),
            endedAt: try optionalDate("ended_at"))
    }
}
