package import FoundationEssentials
package import GatewayCore

package protocol KeyringStore: Sendable {
    /// Every data key in the order in which they were made, destroyed ones included. The clock has no say in it (CR-23).
    func dataKeys() async throws -> [StoredDataKey]

    /// Adds the very first data key; `conflict` when there is one already, so that two starts at once make one keyring.
    func insertFirstDataKey(_ key: StoredDataKey, audit: AuditEvent) async throws

    /// How many sealed records stand under each data key.
    func recordCounts() async throws -> [String: Int]

    /// Rises with every change of any data key. One small read.
    func keyringVersion() async throws -> Int64

    /// Adds an enabled key; `conflict` when its id is taken, by a destroyed key too.
    func insertDataKey(_ key: StoredDataKey, audit: AuditEvent) async throws

    /// One step in a data key's life, with its audit entry, or a refusal and nothing changed.
    ///
    /// A destruction also erases what is left of the key from the write-ahead log, now or as `hasRemnants` says.
    func changeDataKey(
        _ id: String, _ step: DataKeyStep, at: Date, audit: AuditEvent
    ) async throws -> DataKeyRefusal?

    /// Takes the next `count` of a key's seals for this process and returns how many were taken by all so far; nil, and
    /// nothing taken, when that would be more than `StoredDataKey.sealLimit`. What a process does not use is lost, so that
    /// the count is never lower than the truth (CR-22).
    func reserveSeals(_ count: Int64, of id: String) async throws -> Int64?

    /// Says for how long services have been running with the key as their primary one. The longest word stands.
    func noteServing(_ seconds: Int64, of id: String) async throws

    /// The oldest data key that still opens; nil: every one that is there. What the last entry of such a change says, so that
    /// nobody lifts the limit without one.
    func oldestOpeningKey() async throws -> String?

    /// Records under older keys stay where they are and do not open any more. `unknown` and `state` as in `changeDataKey`: a
    /// key newer than the primary one would shut out everything. The entry is about the key, or about
    /// `StoredDataKey.noLimit`; `conflict` when it is about anything else.
    func setOldestOpeningKey(_ id: String?, audit: AuditEvent) async throws -> DataKeyRefusal?

    /// Which root key everything is wrapped by. Nil in a store that has no keys yet.
    func rootKeyInUse() async throws -> StoredRootKey?

    /// Puts everything under another root key, in one short transaction with the entry. Throws `conflict`, and changes
    /// nothing, when the change does not name every wrapped key as it stands: somebody made one in between.
    ///
    /// From then on nothing is stored that another root key wraps.
    func replaceRootKey(_ change: RootKeyChange, audit: AuditEvent) async throws
}

/// The root key as the store knows it: by its check value.
package struct StoredRootKey: Sendable, Equatable {
    package let checkValue: [UInt8]
    /// Where it was put when it last changed; nil for one that never did.
    package let place: String?
    package let replacedAt: Date?
    /// The check value of the one it replaced.
    package let former: [UInt8]?
    /// Where that one lay, if the last replacement moved it.
    package let formerPlace: String?

    package init(
        checkValue: [UInt8], place: String?, replacedAt: Date?, former: [UInt8]?, formerPlace: String? = nil
    ) {
        self.checkValue = checkValue
        self.formerPlace = formerPlace
        self.former = former
        self.place = place
        self.replacedAt = replacedAt
    }
}

package struct RootKeyChange: Sendable, Equatable {
    package let former: [UInt8]
    package let new: [UInt8]
    /// What people call the place where the new one lies.
    package let place: String
    /// Where the former one lies; nil when the new one takes its place.
    package let formerPlace: String?
    package let at: Date
    /// Every key that is wrapped, wrapped anew. Each with the wrapping it was made from.
    package let dataKeys: [Rewrapped<StoredDataKey>]
    package let auditKeys: [Rewrapped<StoredAuditKey>]

    package init(
        former: [UInt8], new: [UInt8], place: String, formerPlace: String? = nil, at: Date,
        dataKeys: [Rewrapped<StoredDataKey>], auditKeys: [Rewrapped<StoredAuditKey>]
    ) {
        self.former = former
        self.new = new
        self.place = place
        self.formerPlace = formerPlace
        self.at = at
        self.dataKeys = dataKeys
        self.auditKeys = auditKeys
    }
}

package struct Rewrapped<Key: Sendable & Equatable>: Sendable, Equatable {
    package let former: Key
    package let new: Key

    package init(former: Key, new: Key) {
        self.former = former
        self.new = new
    }
}

package enum DataKeyStep: Sendable, Equatable {
    /// From enabled to primary; the former primary becomes enabled. Not for a key that is older than the oldest that opens:
    /// nothing it seals could be read.
    case promote
    /// From enabled to retired, if no sealed record needs it.
    case retire
    /// Of a retired key, if no sealed record needs it. A later time takes the place of an earlier one, and not the reverse.
    case scheduleDestruction(at: Date)
    case cancelDestruction
    /// From retired to destroyed, if it is due and no sealed record needs it. No step brings it back; a backup from before does.
    case destroy
}

package enum DataKeyRefusal: Sendable, Equatable {
    case unknown
    /// The state it is in does not allow the step.
    case state(String)
    /// This many sealed records need it; one of them is named.
    case needed(by: SealedTable, row: String, records: Int)
    /// It has sealed as many records as a data key may.
    case sealsSpent
    /// Its destruction is for later, or was not scheduled.
    case notDue(Date?)
    /// It is older than this one, the oldest that opens.
    case shutOut(oldest: String)
}

/// A data key as it is kept: wrapped by the root key.
package struct StoredDataKey: Sendable, Equatable {
    /// Seals that no data key goes beyond, whatever happens (CR-22).
    package static let sealLimit: Int64 = 1 << 32
    /// What the entry is about that lets every key open again.
    package static let noLimit = "none"

    package let id: String
    /// `enabled`, `primary`, `retired` or `destroyed`.
    package let state: String
    /// Empty once destroyed.
    package let wrapped: [UInt8]
    /// Tells a wrong root key from a damaged row.
    package let rootKeyCheckValue: [UInt8]
    package let createdAt: Date
    package let activatedAt: Date?
    package let retiredAt: Date?
    /// When it will be, or was, destroyed.
    package let destroyAt: Date?
    /// Never lower than the number of records that were sealed under it.
    package let sealsReserved: Int64
    /// How long services ran with it as primary, by clocks that never step back.
    package let served: TimeInterval

    package init(
        id: String, state: String, wrapped: [UInt8], rootKeyCheckValue: [UInt8], createdAt: Date, activatedAt: Date?,
        retiredAt: Date?, destroyAt: Date? = nil, sealsReserved: Int64 = 0, served: TimeInterval = 0
    ) {
        self.served = served
        self.destroyAt = destroyAt
        self.sealsReserved = sealsReserved
        self.id = id
        self.state = state
        self.wrapped = wrapped
        self.rootKeyCheckValue = rootKeyCheckValue
        self.createdAt = createdAt
        self.activatedAt = activatedAt
        self.retiredAt = retiredAt
    }
}
