package import FoundationEssentials

package protocol NodeStore: Sendable {
    /// Says that the node lives and which keyring it holds.
    func heartbeat(_ node: GatewayNode) async throws

    /// Nodes that were heard of since then, oldest first.
    func nodes(seenSince: Date) async throws -> [GatewayNode]

    func removeNode(_ id: String) async throws
}

/// One running service over this store.
package struct GatewayNode: Sendable, Equatable {
    package let id: String
    package let startedAt: Date
    package let seenAt: Date
    /// The `keyringVersion()` whose keys it can open and seal with.
    package let keyringVersion: Int64
    /// The check value of the root key that it wraps with; nil for one that did not say.
    package let rootKey: [UInt8]?

    package init(id: String, startedAt: Date, seenAt: Date, keyringVersion: Int64, rootKey: [UInt8]? = nil) {
        self.id = id
        self.startedAt = startedAt
        self.seenAt = seenAt
        self.keyringVersion = keyringVersion
        self.rootKey = rootKey
    }
}
