package import FoundationEssentials
package import GatewayCore

package protocol KeyringStore: Sendable {
    /// Every data key, oldest first, destroyed ones included.
    func dataKeys() async throws -> [StoredDataKey]

    /// Adds the very first data key; `conflict` when there is one already, so that two starts at once make one keyring.
    func insertFirstDataKey(_ key: StoredDataKey, audit: AuditEvent) async throws

    /// How many sealed records stand under each data key.
    func recordCounts() async throws -> [String: Int]
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

    package init(
        id: String, state: String, wrapped: [UInt8], rootKeyCheckValue: [UInt8], createdAt: Date, activatedAt: Date?,
        retiredAt: Date?
    ) {
        self.id = id
        self.state = state
        self.wrapped = wrapped
        self.rootKeyCheckValue = rootKeyCheckValue
        self.createdAt = createdAt
        self.activatedAt = activatedAt
        self.retiredAt = retiredAt
    }
}
