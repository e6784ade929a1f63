import FoundationEssentials
import GatewayCore
import Storage
import Synchronization
import TokenVault

extension KeyDesk {
    /// How fast a rotation goes that nobody asked for: a million records in a quarter of an hour, beside everything else.
    static let quietRows = 1_000

    /// Keeps the age of the key and begins the rotation that is due.
    package func lookAfter() async throws -> [Deed] {
        try await noteServing()
        return try await rotateWhenDue()
    }

    /// Does the reseal there is to do, to its end. That may take days when somebody lets it rest, so nothing else waits for
    /// it.
    package func reseal() async throws -> [Deed] {
        guard let (run, actor) = try await takeWork() else { return [] }
        return await carryOut(run, actor)
    }

    /// What was opened here, or what a process that is gone left behind. A paused run stays where it is until somebody lets
    /// it go on.
    private func takeWork() async throws -> (ResealRun, AuditActor)? {
        let mine = state.withLock { state in
            defer { state.waiting = nil }
            return state.waiting
        }
        if let mine { return mine }
        guard let left = try await rotation.store.latestReseal(), left.state == .running, left.isBackground,
            !rotation.isHeld(left)
        else { return nil }
        do {
            return (try await rotation.begin(isBackground: true, actor: .system), .system)
        } catch KeyRotationRefusal.heldElsewhere {
            return nil
        }
    }

    private func carryOut(_ run: ResealRun, _ actor: AuditActor) async -> [Deed] {
        do {
            let resealed = try await rotation.carryOut(run, actor: actor)
            let proof = try await rotation.verify(actor: actor)
            return [
                .resealed(target: run.target, records: resealed.run.done), .proved(complete: proof.isComplete),
            ]
        } catch {
            return [.stopped(code: (error as? any Explained)?.explanation.code ?? "\(type(of: error))")]
        }
    }

    private func rotateWhenDue() async throws -> [Deed] {
        let keys = try await rotation.store.dataKeys()
        guard let primary = keys.first(where: { $0.state == DataKeyWord.primary }) else { return [] }
        let standing = schedule.standing(of: primary, at: rotation.clock.now)
        rotation.keyring.block(standing == .blocked)
        guard standing != .young, standing != .ageing,
            // What somebody let rest stays at rest.
            try await rotation.store.latestReseal()?.state != .paused
        else { return [] }
        do {
            let run = try await rotate(rowsPerSecond: Self.quietRows, actor: .system)
            rotation.keyring.block(false)
            return [.rotationBegun(target: run.target)]
        } catch KeyRotationRefusal.heldElsewhere {
            return []
        }
    }

    /// Writes down how long the primary key has served, by a clock that never steps back. Seldom: an hour more or less does
    /// not matter against a year.
    private func noteServing() async throws {
        let id = rotation.keyring.vault.primaryKeyID.description
        let now = uptime()
        let due = state.withLock { state -> Bool in
            guard let serving = state.serving, serving.key == id else { return true }
            return now - serving.noted >= .seconds(600)
        }
        guard due else { return }
        let before = try await rotation.store.dataKeys().first { $0.id == id }?.served ?? 0
        let seconds = state.withLock { state -> TimeInterval in
            var serving = state.serving?.key == id ? state.serving : nil
            serving = serving ?? State.Serving(key: id, since: now, noted: now, before: before)
            serving?.noted = now
            state.serving = serving
            return serving.map { $0.before + (now - $0.since).seconds } ?? 0
        }
        try await rotation.store.noteServing(Int64(seconds), of: id)
    }
}

extension Duration {
    fileprivate var seconds: TimeInterval {
        TimeInterval(components.seconds) + TimeInterval(components.attoseconds) / 1e18
    }
}
