import GatewayCore

extension AddressPolicy {
    /// Resolves once and returns an address that may be connected to; the connection then uses exactly this one.
    func checkedAddress(
        of host: String, using resolver: any NameResolver, before end: ContinuousClock.Instant
    ) async throws(TransportFailure) -> ResolvedAddress {
        let addresses = try await BoundedLookup(resolver: resolver).addresses(of: host, before: end)
        // One private answer among public ones is refused as a whole: the next look-up could pick it.
        guard let first = addresses.first, addresses.allSatisfy(allows) else { throw .addressRefused }
        return first
    }
}
