package import Gateway
package import GatewayCore
package import Storage

extension Refresher {
    /// With a spill in memory unless the test looks into it.
    package static func forTests(
        store: any GatewayStore, credentials: CredentialVault, transport: any HTTPTransport, zendesk: ZendeskSettings,
        clock: any WallClock, spill: any RefreshSpill = SpillShelf(), random: any RandomSource = SystemRandomSource(),
        metrics: Metrics = Metrics(), times: RefreshTimes = RefreshTimes(),
        announce: @escaping @Sendable (ConnectionID) -> Void = { _ in }
    ) -> Refresher {
        Refresher(
            RefreshDependencies(
                store: store, credentials: credentials, transport: transport, zendesk: zendesk,
                revocations: RevocationQueue(
                    store: store, credentials: credentials, transport: transport, policy: zendesk.policy, clock: clock),
                spill: spill, clock: clock, random: random, metrics: metrics, times: times,
                announce: announce))
    }
}
