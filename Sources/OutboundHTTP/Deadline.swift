import GatewayCore

/// Waits for an answer, its body included, and no longer: the client's own deadline ends with the head.
func withDeadline<Answer: Sendable>(
    _ end: ContinuousClock.Instant, _ answer: @escaping @Sendable () async throws -> Answer
) async throws(TransportFailure) -> Answer {
    do {
        return try await withThrowingTaskGroup(of: Answer.self) { group in
            group.addTask { try await answer() }
            group.addTask {
                try await Task.sleep(until: end, clock: .continuous)
                throw TransportFailure.timedOut
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw TransportFailure.closedEarly }
            return first
        }
    } catch {
        throw FailureClassifier.failure(of: error)
    }
}
