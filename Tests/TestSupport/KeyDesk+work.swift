package import Gateway

extension KeyDesk {
    /// One round of a running service, one thing after the other.
    package func work() async throws -> [Deed] { try await lookAfter() + reseal() }
}
