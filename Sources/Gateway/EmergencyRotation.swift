package import FoundationEssentials
package import GatewayCore
package import Storage

/// After a compromise: makes every data key and every token worthless that somebody may have copied.
///
/// First the keys, which needs nobody's help: new key, promote, reseal, verify. Then the tokens: a copy of the database made
/// before opens with the old key, and only Zendesk can kill what is in it. A run that was killed goes on where it was.
package struct EmergencyRotation: Sendable {
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

        package var waiting: Int { connections - renewed - renewedBefore - revoked - exposed.values.reduce(0, +) }
    }

    package struct Report: Sendable {
        package let standing: Standing
        package let proof: CompletenessProof
        /// The time from the begin, of the first run where there were several, until no record needed an old key.
        package let keysUselessAfter: TimeInterval
        package let tokensDoneAfter: TimeInterval

        package var isComplete: Bool { standing.exposed.isEmpty && standing.waiting == 0 && proof.isComplete }
    }

    package enum Progress: Sendable {
        case continued(since: Date)
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

    package func run(
        reason: ChangeReason? = nil, actor: AuditActor, report: @escaping @Sendable (Progress) -> Void = { _ in }
    ) async throws -> Report {
        let (begun, isContinued) = try await begin(reason, actor)
        if isContinued { report(.continued(since: begun)) }
        let proof = try await keys(since: begun, isContinued, reason, actor, report)
        let keysUselessAfter = clock.now.timeIntervalSince(begun)
        let standing = try await renewTokens(since: begun, actor, report)
        let result = Report(
            standing: standing, proof: proof, keysUselessAfter: keysUselessAfter,
            tokensDoneAfter: clock.now.timeIntervalSince(begun))
        if result.isComplete {
            try await store.append([
                rotation.event(.emergencyRotationCompleted, "connections=\(standing.connections)", actor)
            ])
        }
        return result
    }

    /// The last begin that has no end, or a new one.
    private func begin(_ reason: ChangeReason?, _ actor: AuditActor) async throws -> (Date, isContinued: Bool) {
        let open = try await store.openEmergency()
        if let open { return (open, true) }
        let now = clock.now
        try await store.append([rotation.event(.emergencyRotationBegun, "all", actor, reason)])
        return (now, false)
    }

    /// A key that was promoted since the begin is new enough; another interruption must not pile up keys.
    private func keys(
        since begun: Date, _ isContinued: Bool, _ reason: ChangeReason?, _ actor: AuditActor,
        _ report: @escaping @Sendable (Progress) -> Void
    ) async throws -> CompletenessProof {
        let primary = try await store.dataKeys().first { $0.state == "primary" }
        guard isContinued, let activated = primary?.activatedAt, activated >= begun else {
            return try await rotation.rotate(isFresh: true, reason: reason, actor: actor) { report(.keys($0)) }
        }
        _ = try await rotation.reseal(reason: reason, actor: actor) { report(.keys(.resealing($0))) }
        return try await rotation.verify(actor: actor)
    }
}
