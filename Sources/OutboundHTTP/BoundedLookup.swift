import GatewayCore

/// A look-up with an end. The system's resolver cannot be interrupted, so a slow one is left behind and not waited for
/// (URL-33).
struct BoundedLookup: Sendable {
    let resolver: any NameResolver

    func addresses(
        of host: String, before end: ContinuousClock.Instant
    ) async throws(TransportFailure) -> [ResolvedAddress] {
        let (answers, answer) = AsyncStream<Result<[ResolvedAddress], TransportFailure>>.makeStream()
        let resolver = resolver
        Task {
            do throws(TransportFailure) {
                answer.yield(.success(try await resolver.addresses(of: host)))
            } catch {
                answer.yield(.failure(error))
            }
        }
        let timer = Task {
            try await Task.sleep(until: end, clock: .continuous)
            answer.yield(.failure(.nameLookupTimedOut))
        }
        defer { timer.cancel() }
        for await first in answers { return try first.get() }
        throw .nameLookupTimedOut
    }
}
