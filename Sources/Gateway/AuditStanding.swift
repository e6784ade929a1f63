import AuditTrail
package import GatewayCore
package import Storage

/// How the database stands against the newest checkpoint that is kept elsewhere.
package enum AuditStanding: Sendable, Equatable {
    /// None is kept elsewhere, so nothing can be said.
    case unwitnessed
    case sound
    /// The log is shorter than it once was: the database was rolled back or restored (KEY-29).
    case older(checkpoint: Int64, log: Int64)
    /// The log is another one from some entry on: a restored database went on by itself, or the log was made anew.
    case different(checkpoint: Int64)
    /// What is kept elsewhere was not signed by any key of this database.
    case stranger

    /// True where tokens may have been rotated that this database does not know of. Nothing may be used blindly then: a
    /// refresh token that was spent already ends its grant.
    package var isDoubtful: Bool {
        switch self {
        case .unwitnessed, .sound: false
        case .older, .different, .stranger: true
        }
    }

    package var explanation: Explanation? {
        let remedy =
            "If a backup was restored on purpose, run latchkey audit accept-restore; otherwise put the newer database back."
        return switch self {
        case .unwitnessed, .sound: nil
        case .older(let checkpoint, let log):
            Explanation(
                code: "audit.database_older",
                message:
                    "The database is older than the audit checkpoint: it has \(log) entries, \(checkpoint) were signed.",
                remedy: remedy)
        case .different(let checkpoint):
            Explanation(
                code: "audit.database_different",
                message: "The audit log is not the one that was signed with \(checkpoint) entries.", remedy: remedy)
        case .stranger:
            Explanation(
                code: "audit.checkpoint_stranger",
                message: "The newest audit checkpoint was signed by a key that this database does not have.",
                remedy: remedy)
        }
    }
}

extension AuditStanding {
    /// Compares a database with the newest note of each witness.
    package static func of(
        _ store: any GatewayStore, witnesses: [any CheckpointWitness]
    ) async throws -> AuditStanding {
        try await found(in: store, witnesses: witnesses).standing
    }

    /// With the note that it is doubtful by.
    static func found(
        in store: any GatewayStore, witnesses: [any CheckpointWitness]
    ) async throws -> (standing: AuditStanding, doubtedBy: String?) {
        var standing = AuditStanding.unwitnessed
        for witness in witnesses {
            guard let note = try await witness.newest() else { continue }
            standing = try await of(store, note: note)
            if standing.isDoubtful { return (standing, note) }
        }
        return (standing, nil)
    }

    private static func of(_ store: any GatewayStore, note: String) async throws -> AuditStanding {
        let keys = try await store.auditKeys().compactMap { AuditPublicKey($0.publicKey) }
        guard let (checkpoint, _) = try? SignedNote.open(note, keys: keys) else { return .stranger }
        let head = try await store.auditTreeHead()
        guard checkpoint.size <= head.size else { return .older(checkpoint: checkpoint.size, log: head.size) }
        let root = try await store.auditRoot(at: checkpoint.size)
        return root == checkpoint.root.octets ? .sound : .different(checkpoint: checkpoint.size)
    }
}
