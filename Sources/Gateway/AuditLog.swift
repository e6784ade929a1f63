import AuditTrail
import FoundationEssentials
package import GatewayCore
package import Storage
import Synchronization
package import TokenVault

/// The tamper-evident log as others use it: signs checkpoints and has them kept elsewhere, proves and verifies, and tells
/// whether the database is older than what was once signed.
package final class AuditLog: Sendable {
    let store: any GatewayStore
    let clock: any WallClock
    let metrics: Metrics
    /// Where checkpoints go, outside of the database's reach.
    let witnesses: [any CheckpointWitness]
    private let live: LiveRootKey
    private let signer = Mutex<AuditSigner?>(nil)
    private let state = Mutex(AuditStanding.unwitnessed)
    private let slowTurn = Mutex<(size: Int64, next: Date)>((0, .distantPast))

    package init(
        store: any GatewayStore, rootKey: LiveRootKey, witnesses: [any CheckpointWitness], clock: any WallClock,
        metrics: Metrics
    ) {
        self.store = store
        live = rootKey
        self.witnesses = witnesses
        self.clock = clock
        self.metrics = metrics
    }

    package convenience init(
        store: any GatewayStore, rootKey: RootKey, witnesses: [any CheckpointWitness], clock: any WallClock,
        metrics: Metrics
    ) {
        self.init(store: store, rootKey: LiveRootKey(rootKey), witnesses: witnesses, clock: clock, metrics: metrics)
    }

    /// How the database stood against its checkpoints when it was last compared. Ask before a token is used that an older
    /// database may have lost the successor of.
    package internal(set) var standing: AuditStanding {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }

    /// A receiver on the web is not for one call a second; and one that does not answer is left alone as long.
    static let slowInterval: TimeInterval = 10

    func takesSlowTurn(_ size: Int64, isLast: Bool) -> Bool {
        let now = clock.now
        return slowTurn.withLock { turn in
            guard size != turn.size, isLast || now >= turn.next else { return false }
            turn.next = now.addingTimeInterval(Self.slowInterval)
            return true
        }
    }

    func noteSlowSuccess(_ size: Int64) { slowTurn.withLock { $0.size = size } }

    /// The key in use; the first one is made when there is none. Another process may have replaced it.
    func currentSigner() async throws -> AuditSigner {
        let keys = try await keys()
        guard let last = keys.last, let first = keys.first.flatMap({ AuditPublicKey($0.publicKey) }) else {
            throw StorageError.damaged
        }
        if let known = signer.withLock({ $0 }), known.id == last.id { return known }
        let loaded = try await live.use { try AuditSigner(unwrapping: last, origin: first.origin, rootKey: $0) }
        signer.withLock { $0 = loaded }
        return loaded
    }

    /// Every audit key, oldest first; never empty.
    package func keys() async throws -> [StoredAuditKey] {
        let keys = try await store.auditKeys()
        guard keys.isEmpty else { return keys }
        let (key, event) = try await live.use {
            try AuditSigner.drawn(number: 1, rootKey: $0, action: .auditKeyCreated, at: clock.now)
        }
        do {
            try await store.insertFirstAuditKey(key, audit: event)
        } catch StorageError.conflict {
            // Another process was faster; its key is as good.
        }
        return try await store.auditKeys()
    }

    /// Puts another key in the place of the one in use. The old one signs the log up to the entry that names the new one, so
    /// that whoever trusts it can follow (KEY-25).
    package func replaceKey(actor: AuditActor) async throws -> StoredAuditKey {
        let old = try await currentSigner()
        let (new, event) = try await live.use {
            try AuditSigner.drawn(
                number: old.number + 1, rootKey: $0, action: .auditKeyReplaced, actor: actor, at: clock.now)
        }
        let moment = clock.now
        try await store.replaceAuditKey(old.id, with: new, audit: event) { head in
            try old.checkpoint(head, at: moment)
        }
        try await publishLatest()
        return new
    }
}

extension StoredAuditKey {
    /// What it is called in the log: its id and the key itself.
    var introduction: String { "\(id) \(Base64URL.encode(publicKey))" }
}
