import AuditTrail
import FoundationEssentials
package import GatewayCore
package import Storage

extension AuditLog {
    /// Signs the log as it stands, keeps the checkpoint, and has it kept elsewhere. Nothing is done when there is no new entry,
    /// or while the database is older than a checkpoint: a fresh one would hide that.
    @discardableResult
    package func checkpoint() async throws -> StoredAuditCheckpoint? {
        guard !standing.isDoubtful else { return nil }
        let signer = try await currentSigner()
        let head = try await store.auditTreeHead()
        guard head.size > 0, try await store.newestAuditCheckpoint()?.size != head.size else { return nil }
        // Replaced meanwhile by another process: a key signs no entry from before its own time.
        guard try await currentSigner().id == signer.id else { return nil }
        let signed = try signer.checkpoint(head, at: clock.now)
        // First elsewhere: what could not be kept there is signed again at the next turn.
        try await publish(signed, to: witnesses.filter(\.isPrompt))
        try await store.insertAuditCheckpoint(signed)
        return signed
    }

    /// Brings the newest checkpoint to the witnesses that take their time: each one once, and not too often. To be called
    /// beside `checkpoint`, which does not wait for them.
    package func publishToSlowWitnesses(isLast: Bool = false) async throws {
        let slow = witnesses.filter { !$0.isPrompt }
        guard !slow.isEmpty, !standing.isDoubtful, let newest = try await store.newestAuditCheckpoint(),
            takesSlowTurn(newest.size, isLast: isLast)
        else { return }
        try await publish(newest, to: slow)
        noteSlowSuccess(newest.size)
    }

    /// The newest checkpoint, made now if none is.
    package func newestCheckpoint() async throws -> StoredAuditCheckpoint? {
        if let signed = try await checkpoint() { return signed }
        return try await store.newestAuditCheckpoint()
    }

    /// Compares the database with the newest checkpoint that is kept elsewhere, and remembers the answer.
    ///
    /// A database that turns out older gets an entry that says so, every connection is flagged before anything of it can be
    /// used, and checkpoints stop until somebody accepts it.
    @discardableResult
    package func startCheck() async throws -> AuditStanding {
        let found = try await AuditStanding.of(store, witnesses: witnesses)
        let isNews = found.isDoubtful && found != standing
        standing = found
        metrics.set(
            "latchkey_audit_database_older_than_checkpoint", "1 while the database is older than its audit checkpoint.",
            to: found.isDoubtful ? 1 : 0)
        if isNews, let explanation = found.explanation {
            try await record(explanation)
            _ = try await older.flagAll()
        }
        return found
    }

    /// Goes on with a restored database: an entry says who accepted it and what was given up, and the next checkpoint is of
    /// this log.
    package func acceptRestore(actor: AuditActor) async throws -> AuditStanding {
        let (found, note) = try await AuditStanding.found(in: store, witnesses: witnesses)
        guard let explanation = found.explanation else { return found }
        _ = try await older.flagAll()
        let abandoned = note.flatMap { AuditNote($0).checkpoint }.map(AbandonedCheckpoint.init)
        let subject = abandoned?.subject(behind: explanation.code) ?? explanation.code
        try await store.append([
            AuditEvent(at: clock.now, actor: actor, action: .backupRestored, subject: subject)
        ])
        standing = .sound
        try await checkpoint()
        return found
    }

    /// Sends the newest checkpoint once more, to whoever may have missed it.
    func publishLatest() async throws {
        guard let newest = try await store.newestAuditCheckpoint() else { return }
        try await publish(newest, to: witnesses)
    }

    private func publish(_ checkpoint: StoredAuditCheckpoint, to witnesses: [any CheckpointWitness]) async throws {
        metrics.set(
            "latchkey_audit_checkpoint_entries", "Entries in the newest signed audit checkpoint.",
            to: Double(checkpoint.size))
        var failure: (any Error)?
        for witness in witnesses {
            do {
                try await witness.publish(checkpoint.note)
            } catch {
                metrics.count(
                    "latchkey_audit_checkpoint_failures_total", "Audit checkpoints that could not be kept elsewhere.")
                failure = error
            }
        }
        if let failure { throw failure }
    }

    private var older: StateOlderThanLog { StateOlderThanLog(store: store, clock: clock, node: "audit") }

    private func record(_ explanation: Explanation) async throws {
        try await store.append([
            AuditEvent(
                at: clock.now, actor: .system, action: .backupRestored, outcome: .failed(code: explanation.code))
        ])
    }
}
