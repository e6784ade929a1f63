package import FoundationEssentials
package import GatewayCore
package import Storage
import Zendesk

/// Ends a connection: revokes its token at Zendesk, looks whether it is dead, erases what we hold, and says what was done.
///
/// What Zendesk answers never keeps the tokens here: they are erased in any case, and the receipt tells the rest.
package struct Disconnect: Sendable {
    /// The status reason of a connection whose token Zendesk did not confirm to be dead.
    package static let notVerified = "revocation.not_verified"

    let store: any GatewayStore
    let credentials: CredentialVault
    let transport: any HTTPTransport
    let policy: HostPolicy
    let clock: any WallClock

    package init(
        store: any GatewayStore, credentials: CredentialVault, transport: any HTTPTransport, policy: HostPolicy,
        clock: any WallClock
    ) {
        self.store = store
        self.credentials = credentials
        self.transport = transport
        self.policy = policy
        self.clock = clock
    }

    package func run(_ connection: Connection, actor: AuditActor) async throws -> DisconnectReceipt {
        // Whoever asks may look at a page from before a reconnect; the tokens to revoke are those of now.
        let connection = try await store.connection(connection.id) ?? connection
        let outcome = await revocation(of: connection)
        let at = clock.now
        let index = try await store.eraseCredential(
            of: connection.id, reason: outcome.verifiedDead ? nil : Self.notVerified, at: at,
            audit: AuditEvent(
                at: at, actor: actor, action: .connectionDisconnected,
                outcome: outcome.audited, tenant: connection.tenant, connection: connection.id,
                subject: connection.subdomain, generation: connection.generation))
        return DisconnectReceipt(
            revoked: outcome.revoked, verifiedDead: outcome.verifiedDead, at: at, auditIndex: index)
    }

    /// Without a token that opens there is nothing to revoke with; that must not keep anybody from disconnecting.
    private func revocation(of connection: Connection) async -> TokenRevocation.Outcome {
        guard let credential = try? await store.credential(of: connection.id),
            let token = try? credentials.openAccessToken(credential, place: connection.place),
            let organization = try? OrganizationURL(subdomain: connection.subdomain, policy: policy)
        else { return TokenRevocation.Outcome(revoked: false, verifiedDead: false) }
        return await TokenRevocation(
            client: ZendeskClient(organization: organization, transport: transport, accessToken: token)
        ).attempt()
    }
}

/// What became of the tokens of an ended connection.
package struct DisconnectReceipt: Sendable, Equatable {
    /// Zendesk agreed to delete the token. Permission level Read may not delete tokens there.
    package let revoked: Bool
    /// Zendesk refused the token afterwards.
    package let verifiedDead: Bool
    package let at: Date
    /// Nil when the connection had been ended before.
    package let auditIndex: Int64?
}
