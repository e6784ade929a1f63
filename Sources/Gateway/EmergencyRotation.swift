package import FoundationEssentials
package import GatewayCore
package import Storage

/// After a compromise: makes every data key and every token worthless that somebody may have copied.
///
/// First the keys, which needs nobody's help: new key, promote, reseal, verify. Then the tokens: a copy of the database made
/// before opens with the old key, and only Zendesk can kill what is in it. A run that was killed goes on where it was.
///
/// What was done since the begin is told by the order of the log and by no clock: one that was set back would make old tokens
/// look new.
package struct EmergencyRotation: Sendable {
    /// An unfinished one is continued unasked for this long. What is older was about another compromise, and what it renewed
    /// may have been copied since.
    package static let continuedFor: TimeInterval = 24 * 60 * 60

    /// How far it is, and what a thief could still use.
    package struct Standing: Sendable, Equatable {
        package var connections = 0
        package var renewed = 0
        /// Renewed by the run before an interruption.
        package var renewedBefore = 0
        /// Could not be renewed, so that their access tokens were ended at Zendesk instead.
        package var revoked = 0
        /// Tokens that may still live, by the code of what kept them from being renewed.
        package var exposed: [String: Int] = [:]
        /// Tokens that no connection uses any more and whose end Zendesk has not confirmed, from this emergency or from before.
        package var revocationsWaiting = 0

        package var waiting: Int { connections - renewed - renewedBefore - revoked - exposed.values.reduce(0, +) }
    }

    package struct Report: Sendable {
        package let standing: Standing
        package let proof: CompletenessProof
        /// The time from the begin, of the first run where there were several, until no record needed an old key.
        package let keysUselessAfter: TimeInterval
        package let tokensDoneAfter: TimeInterval

        package var isComplete: Bool {
            standing.exposed.isEmpty && standing.waiting == 0 && standing.revocationsWaiting == 0 && proof.isComplete
        }
    }

    package enum Progress: Sendable {
        case continued(since: Date)
        /// One from then was never finished. It is too old to go on with, and everything is done anew.
        case begunAnew(unfinished: Date)
        case keys(KeyRotation.Progress)
        case tokens(Standing)
    }

    let store: any GatewayStore
    let rotation: KeyRotation
    let broker: TokenBroker
    let revocations: RevocationQueue
    /// Organizations asked side by side; each is asked one thing after the other.
    let atOnce: Int
    let clock: any WallClock
    let pause: @Sendable (Duration) async throws -> Void

    package init(
        store: any GatewayStore, rotation: KeyRotation, broker: TokenBroker, revocations: RevocationQueue,
        atOnce: Int, clock: any WallClock,
        pause: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.store = store
        self.rotation = rotation
        self.broker = broker
        self.revocations = revocations
        self.atOnce = atOnce
        self.clock = clock
        self.pause = pause
    }

    /// `resumes` goes on with an unfinished one however old it is.
    package func run(
        resumes: Bool = false, reason: ChangeReason? = nil, actor: AuditActor,
        report: @escaping @Sendable (Progress) -> Void = { _ in }
    ) async throws -> Report {
        let begun = try await begin(resumes, reason, actor, report)
        let proof = try await keys(since: begun, reason, actor, report)
        let keysUselessAfter = clock.now.timeIntervalSince(begun.event.at)
        let standing = try await renewTokens(since: begun, actor, report)
        let result = Report(
            standing: standing, proof: proof, keysUselessAfter: keysUselessAfter,
            tokensDoneAfter: clock.now.timeIntervalSince(begun.event.at))
        if result.isComplete {
            try await store.append([
                rotation.event(.emergencyRotationCompleted, "connections=\(standing.connections)", actor)
            ])
        }
        return result
    }

    /// The last begin that has no end, while it is young enough; or a new one.
    private func begin(
        _ resumes: Bool, _ reason: ChangeReason?, _ actor: AuditActor, _ report: @Sendable (Progress) -> Void
    ) async throws -> AuditEntry {
        if let open = try await store.openEmergency() {
            if resumes || isYoung(open) {
                report(.continued(since: open.event.at))
                return open
            }
            report(.begunAnew(unfinished: open.event.at))
        }
        try await store.append([rotation.event(.emergencyRotationBegun, "all", actor, reason)])
        guard let begun = try await store.openEmergency() else { throw StorageError.damaged }
        return begun
    }

    /// One from the future was written by a clock that has been set back since: then nobody knows its age.
    private func isYoung(_ begun: AuditEntry) -> Bool {
        (0..<Self.continuedFor).contains(clock.now.timeIntervalSince(begun.event.at))
    }

    private func keys(
        since begun: AuditEntry, _ reason: ChangeReason?, _ actor: AuditActor,
        _ report: @escaping @Sendable (Progress) -> Void
    ) async throws -> CompletenessProof {
        guard try await hasFreshKey(since: begun) else {
            return try await rotation.rotate(isFresh: true, reason: reason, actor: actor) { report(.keys($0)) }
        }
        _ = try await rotation.reseal(reason: reason, actor: actor) { report(.keys(.resealing($0))) }
        return try await rotation.verify(actor: actor)
    }

    /// A key that was made since the begin is new enough: another interruption must not pile up keys. One that was only
    /// promoted since may have been copied before.
    private func hasFreshKey(since begun: AuditEntry) async throws -> Bool {
        let primary = try await store.dataKeys().first { $0.state == DataKeyWord.primary }?.id
        return try await entries(since: begun, [.dataKeyGenerated]).contains { entry in
            entry.event.subject.map { ChangeReason.removed(from: $0) } == primary
        }
    }

    func entries(since begun: AuditEntry, _ actions: [AuditAction]) async throws -> [AuditEntry] {
        var (entries, place) = ([AuditEntry](), begun.index)
        while true {
            let passage = try await store.auditEntries(after: place, actions: actions, tenant: nil, limit: 1000)
            guard passage.end > place else { return entries }
            entries += passage.entries
            place = passage.end
        }
    }
}
