import Synchronization

/// Destroys keys whose time has come, for as long as a service runs. One that somebody still needs is asked about seldom: the
/// answer reads every sealed record.
package final class DueDestructions: Sendable {
    /// Rounds, of a second each.
    static let firstRest = 60
    static let longestRest = 3_600

    private struct Rest {
        var left: Int
        let next: Int
    }

    private let rotation: KeyRotation
    private let resting = Mutex<[String: Rest]>([:])

    package init(rotation: KeyRotation) {
        self.rotation = rotation
    }

    /// What was destroyed, and each refusal that was not told before. One small read while nothing is due.
    package func round() async throws -> KeyRotation.Destructions {
        var outcome = try await rotation.carryOutDestructions(sparing: stillResting())
        outcome.refused = resting.withLock { resting in
            for id in outcome.destroyed { resting[id] = nil }
            return outcome.refused.filter { id, _ in
                let former = resting[id]
                let next = former?.next ?? Self.firstRest
                resting[id] = Rest(left: next, next: min(next * 2, Self.longestRest))
                return former == nil
            }
        }
        return outcome
    }

    private func stillResting() -> Set<String> {
        resting.withLock { resting in
            for id in resting.keys { resting[id]?.left -= 1 }
            return Set(resting.filter { $0.value.left > 0 }.keys)
        }
    }
}
