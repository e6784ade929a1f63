import FoundationEssentials
package import GatewayCore

/// An audit entry in the words it is kept and hashed with.
package struct AuditRecord: Sendable, Equatable {
    /// Starts at 1 and has no gaps.
    package let index: Int64
    /// Milliseconds since 1970.
    package let at: Int64
    package let actorKind: String
    package let actorID: String?
    package let action: String
    package let outcome: String
    package let outcomeCode: String?
    package let tenant: String?
    package let connection: String?
    package let subject: String?
    package let generation: UInt64?
    package let keyID: String?

    package init(index: Int64, event: AuditEvent) {
        self.index = index
        at = Self.milliseconds(event.at)
        actorKind = event.actor.kind.rawValue
        actorID = event.actor.id.map(Self.kept)
        action = event.action.rawValue
        switch event.outcome {
        case .succeeded: (outcome, outcomeCode) = ("succeeded", nil)
        case .refused(let code): (outcome, outcomeCode) = ("refused", Self.kept(code))
        case .failed(let code): (outcome, outcomeCode) = ("failed", Self.kept(code))
        }
        tenant = event.tenant?.text
        connection = event.connection?.text
        subject = event.subject.map(Self.kept)
        generation = event.generation
        keyID = event.keyID.map(Self.kept)
    }

    /// As somebody wrote it down.
    init(
        index: Int64, at: Int64, actorKind: String, actorID: String?, action: String, outcome: String,
        outcomeCode: String?, tenant: String?, connection: String?, subject: String?, generation: UInt64?,
        keyID: String?
    ) {
        self.index = index
        self.at = at
        self.actorKind = actorKind
        self.actorID = actorID
        self.action = action
        self.outcome = outcome
        self.outcomeCode = outcomeCode
        self.tenant = tenant
        self.connection = connection
        self.subject = subject
        self.generation = generation
        self.keyID = keyID
    }

    package var leafHash: TreeHash {
        var leaf = AuditLeaf()
        leaf.write(self)
        return leaf.hash
    }

    /// A database ends a text at its first zero octet, and what it keeps must be what was hashed.
    private static func kept(_ text: String) -> String {
        text.utf8.contains(0) ? String(text.unicodeScalars.map { $0.value == 0 ? "\u{FFFD}" : Character($0) }) : text
    }

    private static func milliseconds(_ date: Date) -> Int64 {
        let exact = (date.timeIntervalSince1970 * 1000).rounded()
        return Int64(exactly: exact) ?? (exact < 0 ? .min : .max)
    }
}
