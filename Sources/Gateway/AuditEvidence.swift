import AuditTrail
import FoundationEssentials
package import GatewayCore
import Storage
import TokenVault

/// What the log is exported as.
package enum AuditExportForm: String, Sendable {
    case entries = "entries"
    case archive = "archive"
}

// Evidence for people who have neither the service nor its database (KEY-30).
extension AuditLog {
    /// Writes down that the log is exported, before anything of it leaves. An archive also gets an inventory of the data
    /// keys into the log, so that everything in it follows from the entries. Returns how many entries belong to it.
    package func noteExport(_ form: AuditExportForm, actor: AuditActor) async throws -> Int64 {
        // The entry that introduces the first key has to be among those that are exported.
        _ = try await keys()
        let before = try await store.auditTreeHead().size
        let inventory = form == .archive ? try await inventory(actor: actor) : []
        let exported = AuditEvent(at: clock.now, actor: actor, action: .auditExported, subject: form.rawValue)
        try await store.append(inventory + [exported])
        // Others may have written in between.
        var index = before
        while let entry = try await store.auditEntries(after: index, limit: 1).first {
            if entry.event.action == .auditExported, entry.event.subject == form.rawValue { return entry.index }
            index = entry.index
        }
        throw StorageError.damaged
    }

    /// Writes the archive of the first `size` entries, octet by octet the same each time. Throws `AuditEvidenceRefusal`
    /// when the log is not sound, or was signed by a key that is gone.
    package func writeEvidence(
        size: Int64, report: @escaping @Sendable (Int64) -> Void, to write: @escaping ([UInt8]) throws -> Void
    ) async throws {
        let reading = try await store.readAuditTree(rootsAt: [size], report: report)
        guard reading.fault == nil else { throw AuditEvidenceRefusal.unsound(at: reading.fault?.firstIndex ?? 0) }
        guard size > 0, let root = reading.roots[size].flatMap({ TreeHash($0) }) else {
            throw AuditEvidenceRefusal.noSuchSize(entries: reading.size)
        }
        let keys = reading.introductions.keys.sorted().filter { $0 <= size }.compactMap { index in
            EvidenceKey(introduction: reading.introductions[index] ?? "", entry: index)
        }
        let signer = try await currentSigner()
        guard keys.rightful(at: size) == signer.key.publicKey else { throw AuditEvidenceRefusal.keyRetired }
        guard let last = try await store.auditEntries(after: size - 1, limit: 1).first else {
            throw StorageError.damaged
        }
        let checkpoints = try await checkpoints(before: last, keys: keys)
        let milliseconds = AuditRecord(index: last.index, event: last.event).at
        let final = Checkpoint(origin: signer.origin, size: size, root: root, at: milliseconds)

        var writer = try EvidenceWriter(origin: signer.origin, size: size, root: root, write: write)
        for key in keys { try writer.add(key) }
        for checkpoint in checkpoints { try writer.add(checkpoint: checkpoint.note) }
        try writer.add(checkpoint: try SignedNote.make(final, key: signer.key))
        let summary = try await writeEntries(to: &writer, size: size, report: report)
        for checkpoint in checkpoints {
            let hashes = try await store.auditConsistencyProof(from: checkpoint.size, to: size) ?? []
            try writer.add(
                ConsistencyProof(old: checkpoint.size, new: size, hashes: hashes.compactMap { TreeHash($0) }))
        }
        try writer.add(summary)
        try writer.seal(by: signer.key)
    }

    private func writeEntries(
        to writer: inout EvidenceWriter, size: Int64, report: (Int64) -> Void
    ) async throws -> EvidenceSummary {
        var summary = EvidenceSummary()
        var index: Int64 = 0
        while index < size {
            let entries = try await store.auditEntries(after: index, limit: Int(min(2000, size - index)))
            guard let last = entries.last else { throw StorageError.damaged }
            for entry in entries {
                let record = AuditRecord(index: entry.index, event: entry.event)
                try writer.add(record)
                summary.take(record)
            }
            index = last.index
        }
        return summary
    }

    /// Those that are never thrown away: the last one of each key that was replaced, and the last one of each day but the
    /// last entry's own, which is not over yet.
    private func checkpoints(before last: AuditEntry, keys: [EvidenceKey]) async throws -> [StoredAuditCheckpoint] {
        let closing = Set(keys.dropFirst().map(\.entry))
        let today = last.event.at.day
        let publicKeys = Dictionary(
            uniqueKeysWithValues: try await store.auditKeys().map { ($0.id, AuditPublicKey($0.publicKey)) })
        let rightful = try await store.auditCheckpoints().filter {
            $0.size < last.index && publicKeys[$0.keyID] == keys.rightful(at: $0.size)
        }
        let lastOfDay = Dictionary(rightful.map { ($0.signedAt.day, $0.size) }, uniquingKeysWith: max)
        let days = Set(lastOfDay.filter { $0.key < today }.values)
        var sizes: Set<Int64> = []
        return rightful.filter {
            (closing.contains($0.size) || days.contains($0.size)) && sizes.insert($0.size).inserted
        }
    }

    private func inventory(actor: AuditActor) async throws -> [AuditEvent] {
        let counts = try await store.sealedRowCounts().values.reduce(into: [String: Int]()) { all, keys in
            all.merge(keys, uniquingKeysWith: +)
        }
        let moment = clock.now
        return try await store.dataKeys().map { key in
            let isDestroyed = key.state == DataKeyState.destroyed.rawValue
            let subject = CountedDataKey.subject(
                id: key.id, state: key.state, records: Int64(counts[key.id] ?? 0), created: key.createdAt.milliseconds,
                activated: key.activatedAt?.milliseconds, retired: key.retiredAt?.milliseconds,
                destroyed: isDestroyed ? key.destroyAt?.milliseconds : nil)
            return AuditEvent(at: moment, actor: actor, action: .dataKeyCounted, subject: subject, keyID: key.id)
        }
    }
}

/// Why there is no archive.
package enum AuditEvidenceRefusal: Explained, Equatable {
    case unsound(at: Int64)
    case noSuchSize(entries: Int64)
    case keyRetired

    package var explanation: Explanation {
        switch self {
        case .unsound(let index):
            Explanation(
                code: "audit.unsound", message: "The audit log is not sound; the first fault is at entry \(index).",
                remedy: "Run latchkey audit verify, and keep the database as it is for whoever investigates.")
        case .noSuchSize(let entries):
            Explanation(
                code: "audit.no_such_size", message: "The audit log has \(entries) entries.",
                remedy: "Name one of these, or leave --size out.")
        case .keyRetired:
            Explanation(
                code: "audit.key_retired",
                message: "The audit key that was in use at that size is gone, so that archive cannot be made again.",
                remedy: "Leave --size out: the archive of the whole log contains it.")
        }
    }
}

extension [EvidenceKey] {
    /// The key in use at a size. The entry that introduces a key is still signed by the one before it.
    func rightful(at size: Int64) -> AuditPublicKey? {
        (last { $0.entry < size } ?? first)?.key
    }
}

extension Date {
    fileprivate var milliseconds: Int64 { Int64((timeIntervalSince1970 * 1000).rounded()) }
    fileprivate var day: Int64 { Int64((timeIntervalSince1970 / 86_400).rounded(.down)) }
}
