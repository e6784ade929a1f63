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
        let head = try await store.auditTreeHead()
        guard head.size > 0, try await store.newestAuditCheckpoint()?.size != head.size else { return nil }
        let signed = try await currentSigner().checkpoint(head, at: clock.now)
        // First elsewhere: what could not be kept there is signed again at the next turn.
        try await publish(signed)
        try await store.insertAuditCheckpoint(signed)
        return signed
    }

    /// The newest checkpoint, made now if none is.
    package func newestCheckpoint() async throws -> StoredAuditCheckpoint? {
        if let signed = try await checkpoint() { return signed }
        return try await store.newestAuditCheckpoint()
    }

    /// Compares the database with the newest checkpoint that is kept elsewhere, and remembers the answer.
    ///
    /// A database that turns out older gets an entry that says so, and its checkpoints stop until somebody accepts it.
    @discardableResult
    package func startCheck() async throws -> AuditStanding {
        let found = try await compareWithWitnesses()
        let isNews = found.isDoubtful && found != standing
        standing = found
        metrics.set(
            "latchkey_audit_database_older_than_checkpoint", "1 while the database is older than its audit checkpoint.",
            to: found.isDoubtful ? 1 : 0)
        if isNews, let explanation = found.explanation { try await record(explanation) }
        return found
    }

    /// Goes on with a restored database: an entry says who accepted it, and the next checkpoint is of this log.
    package func acceptRestore(actor: AuditActor) async throws -> AuditStanding {
        let found = try await compareWithWitnesses()
        guard let explanation = found.explanation else { return found }
        try await store.append([
            AuditEvent(at: clock.now, actor: actor, action: .backupRestored, subject: explanation.code)
        ])
        standing = .sound
        try await checkpoint()
        return found
    }

    /// Sends the newest checkpoint once more, to whoever may have missed it.
    func publishLatest() async throws {
        guard let newest = try await store.newestAuditCheckpoint() else { return }
        try await publish(newest)
    }

    private func publish(_ checkpoint: StoredAuditCheckpoint) async throws {
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

    private func record(_ explanation: Explanation) async throws {
        try await store.append([
            AuditEvent(
                at: clock.now, actor: .system, action: .backupRestored, outcome: .failed(code: explanation.code))
        ])
    }

    private func compareWithWitnesses() async throws -> AuditStanding {
        var standing = AuditStanding.unwitnessed
        for witness in witnesses {
            guard let note = try await witness.newest() else { continue }
            standing = try await compare(note)
            if standing.isDoubtful { return standing }
        }
        return standing
    }

    private func compare(_ note: String) async throws -> AuditStanding {
        let keys = try await store.auditKeys().compactMap { AuditPublicKey($0.publicKey) }
        guard let (checkpoint, _) = try? SignedNote.open(note, keys: keys) else { return .stranger }
        let head = try await store.auditTreeHead()
        guard checkpoint.size <= head.size else { return .older(checkpoint: checkpoint.size, log: head.size) }
        let root = try await store.auditRoot(at: checkpoint.size)
        return root == checkpoint.root.octets ? .sound : .different(checkpoint: checkpoint.size)
    }
}
