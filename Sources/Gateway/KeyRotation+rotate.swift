package import GatewayCore
package import Storage
import TokenVault

extension KeyRotation {
    /// Where a whole rotation is.
    package enum Progress: Sendable {
        case generated(String)
        case promoted(String)
        case resealing(ResealRun)
        case verified(CompletenessProof)
    }

    /// Generate, promote, reseal, verify. One that was killed is taken up where it was, and so is one that is asked for while
    /// another is under way (KEY-09): a key that was generated for it and not promoted is used, and a reseal that is open is
    /// continued before anything new is begun.
    ///
    /// After a compromise `isFresh` makes a key all the same: one that was there before may have been copied. Those that wait
    /// unused are retired, so that no later rotation takes one of them.
    package func rotate(
        rowsPerSecond: Int? = nil, isFresh: Bool = false, reason: ChangeReason? = nil, actor: AuditActor,
        report: @escaping @Sendable (Progress) -> Void = { _ in }
    ) async throws -> CompletenessProof {
        try await changeKey(isFresh: isFresh, reason: reason, actor: actor, report: report)
        let resealed = try await reseal(rowsPerSecond: rowsPerSecond, reason: reason, actor: actor) {
            report(.resealing($0))
        }
        let proof = try await verify(actor: actor)
        report(.verified(proof))
        guard proof.isComplete, resealed.unreadableCount == 0 else {
            throw KeyRotationRefusal.incomplete(records: max(proof.faults, 1))
        }
        return proof
    }

    /// Generate and promote, unless a reseal towards the present key is still to be done.
    package func changeKey(
        isFresh: Bool = false, reason: ChangeReason? = nil, actor: AuditActor,
        report: @Sendable (Progress) -> Void = { _ in }
    ) async throws {
        let isOpen = try await store.latestReseal()?.isOpen ?? false
        guard isFresh || !isOpen else { return }
        if isOpen { _ = try await steer(.abandon, actor: actor) }
        let id =
            isFresh
            ? try await generate(reason: reason, actor: actor).id : try await keyToPromote(reason, actor, report)
        if isFresh { report(.generated(id)) }
        try await promote(id, reason: reason, actor: actor)
        report(.promoted(id))
        if isFresh { try await retireUnused(reason: reason, actor: actor) }
    }

    private func retireUnused(reason: ChangeReason?, actor: AuditActor) async throws {
        let keys = try await store.dataKeys()
        for key in keys.prefix(while: { $0.state != DataKeyWord.primary }) where key.waitsUnused {
            // One that a record needs all the same stays, as every former key does.
            _ = try await store.changeDataKey(
                key.id, .retire, at: clock.now, audit: event(.dataKeyRetired, key.id, actor, reason))
        }
    }

    /// An enabled key that never was primary waits to be promoted, if it was made after the one that is.
    private func keyToPromote(
        _ reason: ChangeReason?, _ actor: AuditActor, _ report: @Sendable (Progress) -> Void
    ) async throws -> String {
        let newer = try await store.dataKeys().drop { $0.state != DataKeyWord.primary }
        if let waiting = newer.last(where: \.waitsUnused) { return waiting.id }
        let id = try await generate(reason: reason, actor: actor).id
        report(.generated(id))
        return id
    }
}

extension StoredDataKey {
    fileprivate var waitsUnused: Bool { state == DataKeyState.enabled.rawValue && activatedAt == nil }
}
