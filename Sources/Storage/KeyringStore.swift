package import FoundationEssentials
package import GatewayCore

package protocol KeyringStore: Sendable {
    /// Every data key, oldest first, destroyed ones included.
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
    /// A destruction also erases what is left of the key from the write-ahead log.
    func changeDataKey(
        _ id: String, _ step: DataKeyStep, at: Date, audit: AuditEvent
    ) async throws -> DataKeyRefusal?

    /// Takes the next `count` of a key's seals for this process and returns how many were taken by all so far. What a
    /// process does not use is lost, so that the count is never lower than the truth (CR-22).
    func reserveSeals(_ count: Int64, of id: String) async throws -> Int64
}

package enum DataKeyStep: Sendable, Equatable {
    /// From enabled to primary; the former primary becomes enabled.
    case promote
    /// From enabled to retired, if no sealed record needs it.
    case retire
    case scheduleDestruction(at: Date)
    case cancelDestruction
    /// From retired to destroyed, if it is due and no sealed record needs it. Nothing brings it back.
    case destroy
}

package enum DataKeyRefusal: Sendable, Equatable {
    case unknown
    /// The state it is in does not allow the step.
    case state(String)
    /// This many sealed records need it; one of them is named.
    case needed(by: SealedTable, row: String, records: Int)
    /// Its destruction is for later, or was not scheduled.
    case notDue(Date?)
}

/// A data key as it is kept: wrapped by the root key.
package struct StoredDataKey: Sendable, Equatable {
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

    package init(
        id: String, state: String, wrapped: [UInt8], rootKeyCheckValue: [UInt8], createdAt: Date, activatedAt: Date?,
        retiredAt: Date?, destroyAt: Date? = nil, sealsReserved: Int64 = 0
    ) {
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
