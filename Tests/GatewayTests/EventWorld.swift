import Foundation
import Gateway
import GatewayCore
import Storage
import StorageSQLite
import TestSupport
import Testing
import TokenVault

/// A store, a receiver and the deliveries between them, with a clock that stands still.
struct EventWorld: Sendable {
    let clock = HandClock()
    let store: TroubledStore
    let receiver = WatchedReceiver()
    let metrics = Metrics()
    let endpoints: WebhookEndpoints
    let credentials: CredentialVault

    init() async throws {
        store = TroubledStore(try SQLiteStore.inMemory())
        let keyring = try await KeyringLoader(store: store, clock: clock).load(rootKey: RootKeys.draw())
        credentials = CredentialVault(vault: Vault(keyring: keyring))
        endpoints = WebhookEndpoints(
            store: store, credentials: credentials, clock: clock, random: SystemRandomSource())
    }

    /// A new one each time is a process that started anew.
    func delivery(_ configured: EventDelivery.Receiver? = nil) -> EventDelivery {
        EventDelivery(
            store: store, credentials: credentials, transport: receiver, configured: configured, metrics: metrics,
            clock: clock, random: SystemRandomSource())
    }

    func deliver(_ configured: EventDelivery.Receiver? = nil) async throws {
        let delivery = delivery(configured)
        for receiver in try await delivery.receivers() { try await delivery.deliver(to: receiver) }
    }

    @discardableResult
    func connect(_ subdomain: String = "acme", tenant: TenantID = .default) async throws -> Connection {
        let connection = Connection(
            id: ConnectionID(random: SystemRandomSource()), tenant: tenant, subdomain: subdomain,
            permissionLevel: .read, grantedScopes: ScopeSet(["read"]), status: .active,
            connectedBy: ZendeskPerson(id: 7, name: "Ada Canary", email: "canary@acme.example", role: "admin"),
            accountFingerprint: nil, createdAt: clock.now, updatedAt: clock.now, generation: 1,
            accessTokenExpiresAt: clock.now.addingTimeInterval(172_800),
            refreshTokenExpiresAt: clock.now.addingTimeInterval(7_776_000))
        try await store.saveConnected(
            connection,
            credential: SealedCredential(
                connection: connection.id, generation: 1, accessToken: [1], refreshToken: [2], keyID: "dk_1"),
            replacing: nil, audit: [event(.connectionCreated, connection)])
        return connection
    }

    func event(
        _ action: AuditAction, _ connection: Connection, outcome: AuditOutcome = .succeeded
    ) -> AuditEvent {
        AuditEvent(
            at: clock.now, actor: .system, action: action, outcome: outcome, tenant: connection.tenant,
            connection: connection.id, subject: connection.subdomain, generation: connection.generation)
    }

    func note(
        _ action: AuditAction, _ connection: Connection, outcome: AuditOutcome = .succeeded
    ) async throws {
        try await store.append([event(action, connection, outcome: outcome)])
    }

    func endpoint(
        tenant: TenantID = .default, url: String = "https://hooks.example/a"
    ) async throws -> (id: WebhookEndpointID, secret: String) {
        let (endpoint, secret) = try await endpoints.create(
            tenant: tenant, url: try #require(WebhookURL(url)), actor: .commandLine)
        return (endpoint.id, secret.exposeText())
    }
}

extension WatchedReceiver.Delivery {
    var json: [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]) ?? [:]
    }

    var type: String { json["type"] as? String ?? "" }
    var data: [String: Any] { json["data"] as? [String: Any] ?? [:] }
}
