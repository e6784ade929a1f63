package import GatewayCore
package import Storage

extension KeyRotation {
    /// Where a whole rotation is.
    package enum Progress: Sendable {
        case generated(String)
        case promoted(String)
        case resealing(ResealRun)
        case verified(CompletenessProof)
    }

    /// Generate, promote, reseal, verify. One that was killed is taken up where it was: a key that was generated for it and
    /// not promoted is used, and a reseal that is open is continued before anything new is begun.
    package func rotate(
        rowsPerSecond: Int? = nil, actor: AuditActor, report: @escaping @Sendable (Progress) -> Void = { _ in }
    ) async throws -> CompletenessProof {
        if try await !isResealOpen() {
            let id = try await keyToPromote(actor, report)
            try await promote(id, actor: actor)
            report(.promoted(id))
        }
        let resealed = try await reseal(rowsPerSecond: rowsPerSecond, actor: actor) { report(.resealing($0)) }
        let proof = try await verify(actor: actor)
        report(.verified(proof))
        guard proof.isComplete, resealed.unreadableCount == 0 else {
            throw KeyRotationRefusal.incomplete(records: max(proof.leftBehind + proof.unreadableCount, 1))
        }
        return proof
    }

    private func isResealOpen() async throws -> Bool {
        switch try await store.latestReseal()?.state {
        case .running?, .paused?: true
        case .completed?, .abandoned?, nil: false
        }
    }

    /// An enabled key that never was primary waits to be promoted.
    private func keyToPromote(
        _ actor: AuditActor, _ report: @Sendable (Progress) -> Void
    ) async throws -> String {
        let waiting = try await store.dataKeys().last { $0.state == "enabled" && $0.activatedAt == nil }
        if let waiting { return waiting.id }
        let id = try await generate(actor: actor).id
        report(.generated(id))
        return id
    }
}
