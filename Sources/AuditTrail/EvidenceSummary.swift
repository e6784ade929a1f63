import GatewayCore

/// What an archive says in short. All of it follows from the entries, so that whoever has them can make it again.
package struct EvidenceSummary: Sendable, Equatable {
    /// Entries about keys that came and went, and about what was sealed anew.
    package private(set) var rotations: [Int64] = []
    /// Entries that prove that nothing needs a former key.
    package private(set) var proofs: [Int64] = []
    package private(set) var failures: [Int64] = []
    /// The hash of the settings at the last start.
    package private(set) var configuration: String?
    /// The data keys as the last export counted them.
    package private(set) var dataKeys: [CountedDataKey] = []

    package init() {}

    package mutating func take(_ record: AuditRecord) {
        if Self.rotating.contains(record.action) { rotations.append(record.index) }
        if record.action == AuditAction.rotationVerified.rawValue { proofs.append(record.index) }
        if record.outcome == "failed" { failures.append(record.index) }
        if record.action == AuditAction.serviceStarted.rawValue { configuration = record.subject ?? configuration }
        guard record.action == AuditAction.dataKeyCounted.rawValue,
            let counted = CountedDataKey(entry: record.index, record.subject ?? "")
        else { return }
        // One inventory stands together; a later one takes its place.
        if dataKeys.last?.entry != record.index - 1 { dataKeys = [] }
        dataKeys.append(counted)
    }

    private static let rotating = Set(
        [
            AuditAction.dataKeyGenerated, .dataKeyPromoted, .dataKeyRetired, .dataKeyDestructionScheduled,
            .dataKeyDestructionCancelled, .dataKeyDestroyed, .resealBegun, .resealPaused, .resealCompleted,
            .rootKeyCreated, .rootKeyReplaced, .emergencyRotationBegun, .emergencyRotationCompleted, .auditKeyCreated,
            .auditKeyReplaced, .clientSecretChanged, .oldestOpeningKeySet, .rootKeyExported,
        ].map(\.rawValue))
}

/// A data key at the moment of an export: what an entry `data_key.counted` says of it.
package struct CountedDataKey: Sendable, Equatable {
    package let entry: Int64
    package let id: String
    package let state: String
    package let records: Int64
    /// Milliseconds since 1970; nil for what has not happened.
    package let created: Int64?
    package let activated: Int64?
    package let retired: Int64?
    package let destroyed: Int64?

    /// Reads `subject`; nil unless it is written in exactly that way.
    package init?(entry: Int64, _ subject: String) {
        let words = subject.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard words.count == 7 else { return nil }
        let values = zip(Self.names, words.dropFirst()).map { name, word in
            word.hasPrefix(name + "=") ? String(word.dropFirst(name.count + 1)) : ""
        }
        guard let records = Int64(values[1]) else { return nil }
        self.entry = entry
        (id, state, self.records) = (words[0], values[0], records)
        (created, activated) = (Int64(values[2]), Int64(values[3]))
        (retired, destroyed) = (Int64(values[4]), Int64(values[5]))
        guard
            Self.subject(
                id: id, state: state, records: records, created: created, activated: activated, retired: retired,
                destroyed: destroyed) == subject
        else { return nil }
    }

    /// `dk-1 state=retired records=0 created=1790000000000 activated=1790000000000 retired=1790000000001 destroyed=-`
    package static func subject(
        id: String, state: String, records: Int64, created: Int64?, activated: Int64?, retired: Int64?,
        destroyed: Int64?
    ) -> String {
        let values =
            [state, String(records)] + [created, activated, retired, destroyed].map { $0.map(String.init) ?? "-" }
        return ([id] + zip(names, values).map { "\($0)=\($1)" }).joined(separator: " ")
    }

    private static let names = ["state", "records", "created", "activated", "retired", "destroyed"]
}
