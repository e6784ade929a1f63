package import FoundationEssentials
package import GatewayCore

/// The keys that sign the audit log's checkpoints, and the checkpoints.
package protocol AuditKeyStore: Sendable {
    /// Every audit key, oldest first. The last one is the one in use.
    func auditKeys() async throws -> [StoredAuditKey]

    /// Adds the very first one; `conflict` when there is one already, so that two starts at once make one.
    func insertFirstAuditKey(_ key: StoredAuditKey, audit: AuditEvent) async throws

    /// Retires the key in use and adds its successor, in one step: the entry is appended, `closing` signs the log that ends
    /// with it by the old key, and the old key's wrapped bytes are erased. Throws `conflict` when `retiring` is not in use.
    func replaceAuditKey(
        _ retiring: String, with new: StoredAuditKey, audit: AuditEvent,
        closing: @escaping @Sendable (AuditTreeHead) throws -> StoredAuditCheckpoint
    ) async throws

    /// Keeps a checkpoint; one for the same size by the same key changes nothing. Of many only the newest are kept, the last
    /// one of each key and the last one of each day.
    func insertAuditCheckpoint(_ checkpoint: StoredAuditCheckpoint) async throws

    /// Nil before the first one.
    func newestAuditCheckpoint() async throws -> StoredAuditCheckpoint?

    /// Those that are kept, smallest first.
    func auditCheckpoints() async throws -> [StoredAuditCheckpoint]
}

/// An audit key as it is kept: its seed wrapped by the root key, as data keys are. Whoever replaces the root key wraps it anew
/// in the same step.
package struct StoredAuditKey: Sendable, Equatable {
    package let id: String
    package let publicKey: [UInt8]
    /// Empty once retired: nobody can sign an older log again.
    package let wrapped: [UInt8]
    package let rootKeyCheckValue: [UInt8]
    package let createdAt: Date
    package let retiredAt: Date?

    package init(
        id: String, publicKey: [UInt8], wrapped: [UInt8], rootKeyCheckValue: [UInt8], createdAt: Date,
        retiredAt: Date? = nil
    ) {
        self.id = id
        self.publicKey = publicKey
        self.wrapped = wrapped
        self.rootKeyCheckValue = rootKeyCheckValue
        self.createdAt = createdAt
        self.retiredAt = retiredAt
    }
}

package struct StoredAuditCheckpoint: Sendable, Equatable {
    package let size: Int64
    package let root: [UInt8]
    package let keyID: String
    package let signedAt: Date
    /// The signed note, as it leaves the machine.
    package let note: String

    package init(size: Int64, root: [UInt8], keyID: String, signedAt: Date, note: String) {
        self.size = size
        self.root = root
        self.keyID = keyID
        self.signedAt = signedAt
        self.note = note
    }
}
