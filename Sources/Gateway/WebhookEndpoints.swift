import FoundationEssentials
package import GatewayCore
package import Storage
import TokenVault

/// The receivers of single tenants: made on the command line, told from now on, replayed on request.
package struct WebhookEndpoints: Sendable {
    /// More than these of one tenant are a loop that somebody wrote, not receivers.
    static let maximumOfTenant = 10

    let store: any GatewayStore
    let credentials: CredentialVault
    let clock: any WallClock
    let random: any RandomSource

    package init(
        store: any GatewayStore, credentials: CredentialVault, clock: any WallClock, random: any RandomSource
    ) {
        self.store = store
        self.credentials = credentials
        self.clock = clock
        self.random = random
    }

    /// The secret is shown to whoever made it, this once.
    package func create(
        tenant: TenantID, url: WebhookURL, actor: AuditActor
    ) async throws -> (endpoint: WebhookEndpoint, secret: Secret) {
        guard try await store.webhookEndpoints().count(where: { $0.tenant == tenant }) < Self.maximumOfTenant else {
            throw WebhookRefusal.tooMany
        }
        let id = WebhookEndpointID(random: random)
        let secret = WebhookSecret(random: random).text
        let endpoint = try await credentials.keeping {
            let sealed = try credentials.sealWebhookSecret(secret, of: id, tenant: tenant)
            let endpoint = WebhookEndpoint(
                id: id, tenant: tenant, url: url.text, secret: sealed.bytes, keyID: sealed.keyID.description,
                createdAt: clock.now)
            try await store.insertWebhookEndpoint(
                endpoint, cursor: store.lastAuditIndex(),
                audit: event(.webhookEndpointCreated, id.text, tenant: tenant, actor, keyID: endpoint.keyID))
            return endpoint
        }
        return (endpoint, secret)
    }

    package func remove(_ id: WebhookEndpointID, actor: AuditActor) async throws {
        guard try await store.removeWebhookEndpoint(id, audit: event(.webhookEndpointRemoved, id.text, actor)) else {
            throw WebhookRefusal.unknown
        }
    }

    /// Tells everything from this audit entry on again; `name` is an endpoint's id or the word for the settings' one.
    package func replay(_ name: String, from index: Int64, actor: AuditActor) async throws {
        guard index >= 1, index <= (try await store.lastAuditIndex()) + 1 else { throw WebhookRefusal.noSuchEntry }
        guard try await store.replayWebhook(name, after: index - 1, audit: event(.eventsReplayed, name, actor)) else {
            throw WebhookRefusal.unknown
        }
    }

    package func all() async throws -> [(endpoint: WebhookEndpoint?, progress: WebhookProgress)] {
        let endpoints = try await store.webhookEndpoints()
        return try await store.webhookProgress().map { progress in
            (endpoints.first { $0.id.text == progress.name }, progress)
        }
    }

    private func event(
        _ action: AuditAction, _ subject: String, tenant: TenantID? = nil, _ actor: AuditActor, keyID: String? = nil
    ) -> AuditEvent {
        AuditEvent(at: clock.now, actor: actor, action: action, tenant: tenant, subject: subject, keyID: keyID)
    }
}

package enum WebhookRefusal: String, Explained {
    case unknown
    case tooMany = "too_many"
    case noSuchEntry = "no_such_entry"

    package var explanation: Explanation {
        switch self {
        case .unknown:
            Explanation(
                code: "webhook.unknown", message: "There is no such webhook endpoint.",
                remedy: "See: latchkey webhooks list.")
        case .tooMany:
            Explanation(
                code: "webhook.too_many",
                message: "This tenant has \(WebhookEndpoints.maximumOfTenant) webhook endpoints already.",
                remedy: "Remove one first.")
        case .noSuchEntry:
            Explanation(
                code: "webhook.no_such_entry", message: "The audit log has no entry with this index.",
                remedy: "Begin at 1 or above, and not beyond the log's end.")
        }
    }
}
