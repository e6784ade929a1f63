import FoundationEssentials
package import GatewayCore
package import Storage
package import TokenVault
package import ZendeskEmulator

/// Connections whose tokens the stand-in issued without a browser: for tests and measurements of many.
package struct GrantedConnections: Sendable {
    let store: any GatewayStore
    let vault: Vault
    let standIn: EmulatorWorld
    let clock: any WallClock

    package init(store: any GatewayStore, vault: Vault, standIn: EmulatorWorld, clock: any WallClock) {
        self.store = store
        self.vault = vault
        self.standIn = standIn
        self.clock = clock
    }

    package struct NotGranted: Error {}

    package func add(
        _ subdomain: String, tenant: TenantID = .default, client: String = SampleGateway.clientID
    ) async throws -> Connection {
        guard let record = standIn.grant(subdomain, client: client, scopes: ["read", "write"], expiresIn: 172_800),
            let refreshToken = record.refreshToken
        else { throw NotGranted() }
        let connection = Connection(
            id: ConnectionID(random: SystemRandomSource()), tenant: tenant, subdomain: subdomain,
            permissionLevel: .readAndAct, grantedScopes: ScopeSet(["read", "write"]), status: .active,
            connectedBy: ZendeskPerson(id: record.userID, name: "Ada", email: nil, role: "admin"),
            accountFingerprint: nil, createdAt: clock.now, updatedAt: clock.now, generation: 1,
            accessTokenExpiresAt: record.expiresAt, refreshTokenExpiresAt: record.refreshTokenExpiresAt)
        let access = try vault.seal(Secret(record.accessToken), in: context(connection, "access_token"))
        let refresh = try vault.seal(Secret(refreshToken), in: context(connection, "refresh_token"))
        try await store.saveConnected(
            connection,
            credential: SealedCredential(
                connection: connection.id, generation: 1, accessToken: access.bytes, refreshToken: refresh.bytes,
                keyID: access.keyID.description),
            replacing: nil,
            audit: [
                AuditEvent(
                    at: clock.now, actor: .system, action: .connectionCreated, tenant: tenant,
                    connection: connection.id, generation: 1)
            ])
        return connection
    }

    private func context(_ connection: Connection, _ column: String) -> SealingContext {
        SealingContext(
            tenant: connection.tenant.text, table: "credentials", row: connection.id.text, column: column,
            generation: connection.generation, organization: connection.subdomain)
    }
}
