package import FoundationEssentials
package import GatewayCore
import Storage
import TokenVault

extension KeyRotation {
    /// What became of the keys whose time had come.
    package struct Destructions: Sendable, Equatable {
        package var destroyed: [String] = []
        /// Somebody still needs these; they stay until nobody does.
        package var refused: [String: KeyRotationRefusal] = [:]
    }

    /// What people have to know before they believe that nobody can read what was sealed under the key.
    package static let copiesKeepTheKey =
        "Copies of the database from before the rotation bring the key with them: whoever has one and the root key of that "
        + "day can read it. Delete those copies, or replace the root key as well."

    /// When the key will be gone. Refused while a record needs it: the destruction would be, too.
    package func scheduleDestruction(
        of id: String, after delay: TimeInterval = KeyRotation.destructionDelay, reason: ChangeReason? = nil,
        actor: AuditActor
    ) async throws -> Date {
        guard (0...Self.longestDestructionDelay).contains(delay) else { throw KeyRotationRefusal.delayOutOfRange }
        try await refuseWhileNeeded(id)
        let due = clock.now.addingTimeInterval(delay)
        try await change(id, .scheduleDestruction(at: due), event(.dataKeyDestructionScheduled, id, actor, reason))
        return due
    }

    package func cancelDestruction(of id: String, reason: ChangeReason? = nil, actor: AuditActor) async throws {
        try await change(id, .cancelDestruction, event(.dataKeyDestructionCancelled, id, actor, reason))
    }

    /// Destroys what is due, but for the keys that are not to be asked about now. Whoever is told of a refusal waits before it
    /// asks again: the answer takes a look at every sealed record.
    package func carryOutDestructions(
        sparing spared: Set<String> = [], actor: AuditActor = .system
    ) async throws -> Destructions {
        var outcome = Destructions()
        for key in try await store.dataKeys() where isDue(key) && !spared.contains(key.id) {
            do {
                try await refuseWhileNeeded(key.id)
                try await change(key.id, .destroy, event(.dataKeyDestroyed, key.id, actor))
                outcome.destroyed.append(key.id)
            } catch KeyRotationRefusal.key(_, .state), KeyRotationRefusal.key(_, .notDue) {
                // Another process was faster, or somebody thought better of it meanwhile.
            } catch let refusal as KeyRotationRefusal {
                outcome.refused[key.id] = refusal
            }
        }
        if !outcome.destroyed.isEmpty { try await keyring.catchUp() }
        return outcome
    }

    private func isDue(_ key: StoredDataKey) -> Bool {
        key.state == DataKeyState.retired.rawValue && key.destroyAt.map { $0 <= clock.now } ?? false
    }
}
