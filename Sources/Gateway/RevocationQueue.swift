package import GatewayCore
import OAuth
package import Storage
import Zendesk

/// Sees to it that tokens nobody keeps die at Zendesk, now or as soon as Zendesk can be reached.
package struct RevocationQueue: Sendable {
    let store: any GatewayStore
    let transport: any HTTPTransport
    let policy: HostPolicy
    let clock: any WallClock

    package init(
        store: any GatewayStore, transport: any HTTPTransport, policy: HostPolicy, clock: any WallClock
    ) {
        self.store = store
        self.transport = transport
        self.policy = policy
        self.clock = clock
    }

    /// For a token set that came too late to be kept: after a disconnect or a reconnect (RT-34, RT-35).
    package func revoke(_ accessToken: Secret, of connection: Connection) async throws {
        let organization = try OrganizationURL(subdomain: connection.subdomain, policy: policy)
        let client = ZendeskClient(organization: organization, transport: transport, accessToken: accessToken)
        let outcome = await TokenRevocation(client: client).attempt()
        try await store.append([
            AuditEvent(
                at: clock.now, actor: .system, action: .tokensRevoked, outcome: outcome.audited,
                tenant: connection.tenant, connection: connection.id, subject: connection.subdomain,
                generation: connection.generation)
        ])
    }
}
