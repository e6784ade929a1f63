import FoundationEssentials
package import Gateway
package import GatewayCore
package import Storage
import OAuth
import TokenVault
package import ZendeskEmulator

/// Many connections whose tokens live at a stand-in in the same process, and what an emergency needs to renew them.
package struct EmergencySample: Sendable {
    package static let organization = "acme"

    package let standIn: EmulatorWorld
    package let store: any GatewayStore
    package let keyring: LiveKeyring
    package let rotation: KeyRotation
    package let broker: TokenBroker
    package let revocations: RevocationQueue
    let clock: any WallClock
    private let rootKey: RootKey

    package init(
        store: any GatewayStore, standIn: EmulatorWorld, clock: any WallClock,
        pause: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) async throws {
        self.standIn = standIn
        self.store = store
        self.clock = clock
        rootKey = try RootKeys.draw()
        keyring = try await LiveKeyring(store: store, rootKey: rootKey, clock: clock)
        rotation = KeyRotation(
            store: store, keyring: keyring, clock: clock, random: SystemRandomSource(), pause: pause)
        let credentials = CredentialVault(keyring: keyring)
        let policy = try HostPolicy(parsing: "zendesk.localhost:9443", usesPlainHTTP: true)
        let transport = Bridge(standIn)
        broker = TokenBroker(
            store: store, credentials: credentials, clock: clock,
            refresher: .forTests(
                store: store, credentials: credentials, transport: transport, zendesk: SampleGateway.zendesk(policy),
                clock: clock))
        revocations = RevocationQueue(
            store: store, credentials: credentials, transport: transport, policy: policy, clock: clock)
    }

    /// Each in a tenant of its own, with tokens that the stand-in has just issued.
    package func connect(_ count: Int, tokens: (Int) -> String = { _ in organization }) async throws -> [Connection] {
        var connections: [Connection] = []
        // A vault that nobody counts the seals of.
        let rows = PlantedRows(
            vault: Vault(keyring: try await KeyringLoader(store: store, clock: clock).load(rootKey: rootKey)))
        for number in 0..<count {
            guard
                let granted = standIn.grant(
                    tokens(number), client: SampleGateway.clientID, scopes: ["read", "write"], expiresIn: 172_800),
                let refresh = granted.refreshToken
            else { throw SampleGateway.Trouble.notApproved }
            var connection = PlantedRows.connection(
                tokens(number), tenant: TenantID("tenant-\(number)") ?? .default)
            connection.accessTokenExpiresAt = clock.now.addingTimeInterval(172_800)
            connection.refreshTokenExpiresAt = clock.now.addingTimeInterval(7_776_000)
            try await store.saveConnected(
                connection,
                credential: try rows.credential(
                    of: connection, access: granted.accessToken, refresh: refresh),
                replacing: nil, audit: [])
            connections.append(connection)
        }
        return connections
    }

    package func emergency(
        atOnce: Int = 16, pause: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) -> EmergencyRotation {
        EmergencyRotation(
            store: store, rotation: rotation, broker: broker, revocations: revocations, atOnce: atOnce, clock: clock,
            pause: pause)
    }
}
