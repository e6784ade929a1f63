package import FoundationEssentials
package import GatewayCore
package import Storage
import Synchronization

/// What the security team does with data keys, for the API and the Security page: every step, and a reseal that goes on
/// behind the answer.
///
/// `start` and `rotate` open a run in the store and return; a running service calls `work` over and over, which does what
/// was opened here, and takes up what a process that is gone left behind.
package final class KeyDesk: Sendable {
    /// Something `work` did, for the log.
    package enum Deed: Sendable, Equatable {
        case resealed(target: String, records: Int)
        case proved(complete: Bool)
        case stopped(code: String)
        case rotationBegun(target: String)
    }

    let rotation: KeyRotation
    let schedule: KeySchedule
    /// How long this process has been running, by a clock that never steps back.
    let uptime: @Sendable () -> Duration
    let state = Mutex(State())

    struct State {
        /// Opened here and not begun yet.
        var waiting: (run: ResealRun, actor: AuditActor)?
        var serving: Serving?

        /// Since when this process knows the key as primary, and how long others had it before.
        struct Serving {
            let key: String
            let since: Duration
            var noted: Duration
            let before: TimeInterval
        }
    }

    package init(
        rotation: KeyRotation, schedule: KeySchedule = .usual,
        uptime: @escaping @Sendable () -> Duration = KeyDesk.monotonic()
    ) {
        self.rotation = rotation
        self.schedule = schedule
        self.uptime = uptime
    }

    package static func monotonic() -> @Sendable () -> Duration {
        let start = ContinuousClock.now
        return { ContinuousClock.now - start }
    }

    /// Whether the database needs a root key that this process does not reach.
    package var isRootKeyBehind: Bool { rotation.keyring.isRootKeyBehind }

    package func standing() async throws -> KeyStanding {
        try await rotation.standing(schedule: schedule)
    }

    /// How much of its time or its seals the primary key has used up; 1 is when it is due.
    package func primaryStanding() async throws -> (standing: KeySchedule.Standing, share: Double) {
        let primary = try await rotation.store.dataKeys().first { $0.state == DataKeyWord.primary }
        let now = rotation.clock.now
        return primary.map { (schedule.standing(of: $0, at: now), schedule.share(of: $0, at: now)) } ?? (.young, 0)
    }

    package func generate(reason: ChangeReason? = nil, actor: AuditActor) async throws -> StoredDataKey {
        try await rotation.generate(reason: reason, actor: actor)
    }

    package func promote(_ id: String, reason: ChangeReason? = nil, actor: AuditActor) async throws {
        try await rotation.promote(id, reason: reason, actor: actor)
    }

    package func retire(_ id: String, reason: ChangeReason? = nil, actor: AuditActor) async throws {
        try await rotation.retire(id, reason: reason, actor: actor)
    }

    /// Schedules it and returns when it is due; a running service destroys it then. At once is for the command line.
    package func destroy(
        _ id: String, after delay: TimeInterval = KeyRotation.destructionDelay, reason: ChangeReason? = nil,
        actor: AuditActor
    ) async throws -> Date {
        guard delay >= KeyRotation.leastDestructionDelay else { throw KeyRotationRefusal.delayTooShort }
        return try await rotation.scheduleDestruction(of: id, after: delay, reason: reason, actor: actor)
    }

    /// Keeps a key whose destruction is scheduled.
    package func keep(_ id: String, reason: ChangeReason? = nil, actor: AuditActor) async throws {
        try await rotation.cancelDestruction(of: id, reason: reason, actor: actor)
    }

    package func verify(actor: AuditActor) async throws -> CompletenessProof {
        try await rotation.verify(actor: actor)
    }

    /// Opens a reseal towards the primary key, which goes on behind the answer and ends with its proof.
    package func start(
        rowsPerSecond: Int? = nil, reason: ChangeReason? = nil, actor: AuditActor
    ) async throws -> ResealRun {
        let run = try await rotation.begin(
            rowsPerSecond: rowsPerSecond, isBackground: true, reason: reason, actor: actor)
        state.withLock { $0.waiting = (run, actor) }
        return run
    }

    /// A new key, promoted, and a reseal towards it. One that is under way is merged with: its key is new enough.
    package func rotate(
        rowsPerSecond: Int? = nil, reason: ChangeReason? = nil, actor: AuditActor
    ) async throws -> ResealRun {
        let open = try await rotation.store.latestReseal()
        if let open, open.isOpen, rotation.isHeld(open) { throw KeyRotationRefusal.heldElsewhere }
        try await rotation.changeKey(reason: reason, actor: actor)
        return try await start(rowsPerSecond: rowsPerSecond, reason: reason, actor: actor)
    }

    package func pause(actor: AuditActor) async throws -> ResealRun { try await steer(.pause, actor: actor) }

    package func resume(actor: AuditActor) async throws -> ResealRun { try await steer(.resume, actor: actor) }

    /// Rows a second from now on; nil for as fast as it goes.
    package func throttle(rowsPerSecond: Int?, actor: AuditActor) async throws -> ResealRun {
        try await steer(.throttle(rowsPerSecond: rowsPerSecond), actor: actor)
    }

    /// Whichever process runs it.
    package func steer(_ steering: ResealSteering, actor: AuditActor) async throws -> ResealRun {
        try await rotation.steer(steering, actor: actor)
    }
}
