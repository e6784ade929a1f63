package import FoundationEssentials
package import GatewayCore
package import Storage
import TokenVault

/// The steps of a data key's life, beside a running service: generate, promote, reseal, verify, retire, destroy.
///
/// Every step is one store operation with its audit entry, so that a process may be killed between any two and the next
/// command goes on. `KeyRotation+reseal` and `KeyRotation+proof` hold the two long ones, `KeyRotation+destroy` the last.
package struct KeyRotation: Sendable {
    /// A service that was not heard of for this long does not count as running.
    package static let silence: TimeInterval = 15
    /// How long a promotion waits for services to take over a keyring.
    static let patience: TimeInterval = 20
    /// Time to notice that something still needs the key. Copies of the database do not: they bring it with them.
    package static let destructionDelay: TimeInterval = 7 * 24 * 60 * 60
    /// What one person can do alone over the API or on a page leaves the others a day to notice (KEY-14).
    package static let leastDestructionDelay: TimeInterval = 24 * 60 * 60
    /// A longer one is a slip of the hand, and would keep a key for ever that everybody believes to be gone.
    package static let longestDestructionDelay: TimeInterval = 10 * 366 * 24 * 60 * 60
    /// A holder of a reseal that moved nothing for this long is gone. A batch takes a tenth of a second, and a paused or
    /// throttled run moves at least each second.
    package static let hold: TimeInterval = 10
    /// Rows of a transaction while no service runs, so that the write is worth its commit.
    package static let batch = 5_000
    /// And beside a service, whose readers wait for the writer too: some milliseconds.
    package static let sharedBatch = 100
    /// How long a reseal rests beside a service, in times of what its write took: three quarters of the writer are theirs.
    static let rest = 3.0

    let store: any GatewayStore
    let keyring: LiveKeyring
    let clock: any WallClock
    let random: any RandomSource
    /// The running service that this is a part of; nil in a command.
    let node: String?
    let hold: TimeInterval
    let batch: Int
    /// Where token sets wait that the database did not take; nil where there is no such place.
    let spill: (any RefreshSpill)?
    let pause: @Sendable (Duration) async throws -> Void

    package init(
        store: any GatewayStore, keyring: LiveKeyring, clock: any WallClock, random: any RandomSource,
        node: String? = nil, hold: TimeInterval = KeyRotation.hold, batch: Int = KeyRotation.batch,
        spill: (any RefreshSpill)? = nil,
        pause: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.store = store
        self.keyring = keyring
        self.clock = clock
        self.random = random
        self.node = node
        self.hold = hold
        self.batch = batch
        self.spill = spill
        self.pause = pause
    }

    /// A new key that opens and does not seal yet. Running services take it over within a second.
    @discardableResult
    package func generate(reason: ChangeReason? = nil, actor: AuditActor) async throws -> StoredDataKey {
        for _ in 0..<3 {
            let last = try await store.dataKeys().compactMap { DataKeyID($0.id) }.max()
            guard let id = last.map(\.next) ?? DataKeyID(1) else { throw KeyRotationRefusal.outOfNumbers }
            let key = try await keyring.withRootKey {
                KeyringLoader.stored(
                    try Keyring.generateDataKey(id: id, state: .enabled, rootKey: $0, at: clock.now))
            }
            do {
                try await store.insertDataKey(key, audit: event(.dataKeyGenerated, key.id, actor, reason))
                try await keyring.catchUp()
                return key
            } catch StorageError.conflict {
                // Somebody else generated one at the same moment, and the next number is free; or the root key was replaced.
                try await keyring.catchUp()
            }
        }
        throw KeyRotationRefusal.heldElsewhere
    }

    /// Everything new is sealed under the key from here on. Refused while a running service does not know it yet, for that
    /// one could not read what the others write (KEY-03).
    package func promote(_ id: String, reason: ChangeReason? = nil, actor: AuditActor) async throws {
        try await awaitNodes(for: id)
        try await change(id, .promote, event(.dataKeyPromoted, id, actor, reason))
        try await keyring.catchUp()
        // The store refuses the former key by now; waiting spares the services a refused write.
        try? await awaitNodes(for: id)
    }

    /// Never seals again, and opens only what a restored backup may bring back (KEY-28). Refused while one record needs it,
    /// and that record is named (KEY-13).
    package func retire(_ id: String, reason: ChangeReason? = nil, actor: AuditActor) async throws {
        try await refuseWhileNeeded(id)
        try await change(id, .retire, event(.dataKeyRetired, id, actor, reason))
    }

    /// The oldest key that still opens; nil for every one there is. Records under older ones stay, and are refused by a name
    /// of their own (KEY-15). Returns how many there are.
    package func setOldestOpening(_ id: String?, reason: ChangeReason? = nil, actor: AuditActor) async throws -> Int {
        let audit = event(.oldestOpeningKeySet, id ?? StoredDataKey.noLimit, actor, reason)
        if let id, let refusal = try await store.setOldestOpeningKey(id, audit: audit) {
            throw KeyRotationRefusal.key(id, refusal)
        }
        if id == nil { _ = try await store.setOldestOpeningKey(nil, audit: audit) }
        try await keyring.catchUp()
        guard let oldest = id.flatMap(DataKeyID.init) else { return 0 }
        return try await store.recordCounts().reduce(0) { sum, entry in
            (DataKeyID(entry.key) ?? oldest) < oldest ? sum + entry.value : sum
        }
    }

    /// Pauses, resumes, throttles or ends the reseal that is under way, whichever process runs it.
    package func steer(_ steering: ResealSteering, actor: AuditActor) async throws -> ResealRun {
        if case .throttle(let rows?) = steering, rows < 1 { throw KeyRotationRefusal.speedOutOfRange }
        let audit =
            switch steering {
            case .pause: event(.resealPaused, "paused", actor)
            case .abandon: event(.resealPaused, "abandoned", actor)
            case .resume: event(.resealBegun, "resumed", actor)
            case .throttle(let rows): event(.resealThrottled, rows.map { "\($0) rows a second" } ?? "unlimited", actor)
            }
        guard let run = try await store.steerReseal(steering, at: clock.now, audit: audit) else {
            throw KeyRotationRefusal.nothingUnderWay
        }
        return run
    }

    func change(_ id: String, _ step: DataKeyStep, _ audit: AuditEvent) async throws {
        if let refusal = try await store.changeDataKey(id, step, at: clock.now, audit: audit) {
            throw KeyRotationRefusal.key(id, refusal)
        }
    }

    func event(
        _ action: AuditAction, _ subject: String, _ actor: AuditActor, _ reason: ChangeReason? = nil,
        outcome: AuditOutcome = .succeeded
    ) -> AuditEvent {
        AuditEvent(
            at: clock.now, actor: actor, action: action, outcome: outcome, subject: reason.behind(subject))
    }

    /// Those that run on this database. Who was seen in the future was seen before the clock was set back (CR-23).
    func services() async throws -> [GatewayNode] {
        let now = clock.now
        return try await store.nodes(seenSince: now.addingTimeInterval(-Self.silence))
            .filter { $0.seenAt <= now.addingTimeInterval(Self.silence) }
    }

    /// Not for this one, which looks for itself; what it said of itself may be a second old.
    private func awaitNodes(for id: String) async throws {
        let version = try await store.keyringVersion()
        try await keyring.catchUp()
        let end = clock.now.addingTimeInterval(Self.patience)
        while true {
            let behind = try await services().first { $0.id != node && $0.keyringVersion < version }
            guard let node = behind else { return }
            guard clock.now < end else { throw KeyRotationRefusal.nodeBehind(node: node.id, key: id) }
            try await pause(.milliseconds(200))
        }
    }
}
