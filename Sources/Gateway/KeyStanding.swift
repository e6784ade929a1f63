package import FoundationEssentials
import GatewayCore
package import Storage
import TokenVault

/// Every data key, the reseal there is, and the last proofs: what the security team sees.
package struct KeyStanding: Sendable {
    package struct Key: Sendable, Equatable {
        package let id: String
        /// `enabled`, `primary`, `retired`, `destroyed`; or `missing`, when records name a key that nobody has (CR-24).
        package let state: String
        package let createdAt: Date?
        package let activatedAt: Date?
        package let retiredAt: Date?
        /// When it will be, or was, destroyed.
        package let destroyAt: Date?
        /// Never lower than the records that were sealed under it.
        package let seals: Int64
        package let records: Int
        /// Whether it is older than the oldest that may open, so that its records are refused (KEY-15).
        package let isShutOut: Bool
        /// Whether it was made after the primary one. An older one may have been copied when that one was made.
        package let isNewer: Bool

        /// Made to be the next primary one, and not promoted yet.
        package var waitsForPromotion: Bool {
            state == DataKeyState.enabled.rawValue && activatedAt == nil && isNewer
        }

        /// Records that stand under a key which seals no more: a restored backup brought them back (KEY-28).
        package var needsReseal: Bool { state == "retired" && records > 0 }
    }

    package let keys: [Key]
    /// The open reseal, or else the last one.
    package let reseal: ResealRun?
    /// Whether a process works on it at this moment.
    package let isResealHeld: Bool
    /// The newest first; `event.subject` has the counts.
    package let proofs: [AuditEntry]
    /// Services that run now.
    package let nodes: [GatewayNode]
    /// The oldest key that may open, where there is such a limit.
    package let oldestOpening: String?
    package let schedule: KeySchedule.Standing
    /// How old the primary key is, and how old it may become.
    package let primaryAge: TimeInterval
    package let maximumAge: TimeInterval?

    package var primary: Key? { keys.first { $0.state == DataKeyWord.primary } }
    package var missing: [Key] { keys.filter { $0.state == DataKeyWord.missing } }
}

/// Words for the states of a data key.
package enum DataKeyWord {
    package static let primary = "primary"
    /// Not a state of a key that is there.
    package static let missing = "missing"
}

extension KeyStanding.Key {
    init(_ key: StoredDataKey, records: Int, isShutOut: Bool, isNewer: Bool) {
        self.init(
            id: key.id, state: key.state, createdAt: key.createdAt, activatedAt: key.activatedAt,
            retiredAt: key.retiredAt, destroyAt: key.destroyAt, seals: key.sealsReserved, records: records,
            isShutOut: isShutOut, isNewer: isNewer)
    }

    /// Records name it, and no such key is there.
    init(missing id: String, records: Int) {
        self.init(
            id: id, state: DataKeyWord.missing, createdAt: nil, activatedAt: nil, retiredAt: nil, destroyAt: nil,
            seals: 0, records: records, isShutOut: false, isNewer: false)
    }
}

extension KeyRotation {
    /// As it is now, whichever process did what.
    package func standing(schedule: KeySchedule = .usual) async throws -> KeyStanding {
        let (stored, counts) = (try await store.dataKeys(), try await store.recordCounts())
        let (reseal, oldest, now) = (try await store.latestReseal(), try await store.oldestOpeningKey(), clock.now)
        let primary = stored.first { $0.state == DataKeyWord.primary }
        return KeyStanding(
            keys: KeyStanding.keys(stored, counts, oldest: oldest), reseal: reseal,
            isResealHeld: reseal.map { $0.isOpen && isHeld($0) } ?? false,
            proofs: try await store.rotationProofs(limit: 5),
            nodes: try await store.nodes(seenSince: now.addingTimeInterval(-Self.silence)), oldestOpening: oldest,
            schedule: primary.map { schedule.standing(of: $0, at: now) } ?? .young,
            primaryAge: primary.map { schedule.age(of: $0, at: now) } ?? 0, maximumAge: schedule.maximumAge)
    }

    func isHeld(_ run: ResealRun) -> Bool {
        run.isHeld(at: clock.now, until: clock.now.addingTimeInterval(hold))
    }
}

extension KeyStanding {
    /// The keys in the order in which they were made, then what is missing.
    package static func keys(_ stored: [StoredDataKey], _ counts: [String: Int], oldest: String?) -> [Key] {
        let limit = stored.firstIndex { $0.id == oldest } ?? 0
        let primary = stored.firstIndex { $0.state == DataKeyWord.primary } ?? stored.endIndex
        let there = stored.enumerated().map { place, key in
            Key(key, records: counts[key.id] ?? 0, isShutOut: place < limit, isNewer: place > primary)
        }
        let gone = counts.keys.filter { id in !stored.contains { $0.id == id } }.sorted()
        return there + gone.map { Key(missing: $0, records: counts[$0] ?? 0) }
    }
}
