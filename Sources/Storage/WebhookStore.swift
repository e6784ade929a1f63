package import FoundationEssentials
package import GatewayCore

/// Where events go, and how far each endpoint has been told. The audit log itself is the outbox.
package protocol WebhookStore: Sendable {
    /// Writes endpoint, sealed secret and its place in the log together.
    func insertWebhookEndpoint(_ endpoint: WebhookEndpoint, cursor: Int64, audit: AuditEvent) async throws

    /// Oldest first.
    func webhookEndpoints() async throws -> [WebhookEndpoint]

    /// False when there is no such endpoint. Erases its secret and its place.
    func removeWebhookEndpoint(_ id: WebhookEndpointID, audit: AuditEvent) async throws -> Bool

    /// How far `name` has been told; nil when it has no place, or has none any more.
    func webhookProgress(of name: String) async throws -> WebhookProgress?

    /// The same for a receiver that nobody inserts or removes; a name that is new begins at `cursor`.
    func webhookProgress(of name: String, beginningAt cursor: Int64) async throws -> WebhookProgress

    /// Every place there is, by name.
    func webhookProgress() async throws -> [WebhookProgress]

    /// Moves on from exactly `progress.cursor`; false when somebody else moved it, and then nothing changes. Delivered
    /// clears what failed.
    func advanceWebhook(_ progress: WebhookProgress, to cursor: Int64, deliveredAt: Date?) async throws -> Bool

    /// Notes a failed delivery of what follows `progress.cursor`; false when somebody else moved it. `disabling` writes
    /// its entry and stops the endpoint.
    func recordWebhookFailure(
        _ failure: WebhookFailure, of progress: WebhookProgress, disabling: AuditEvent?
    ) async throws -> Bool

    /// Begins again after `cursor`, also where the endpoint was stopped. False when there is no such place.
    func replayWebhook(_ name: String, after cursor: Int64, audit: AuditEvent) async throws -> Bool

    /// Entries with these actions behind `index`, oldest first, and up to where the log was looked through.
    func auditEntries(
        after index: Int64, actions: [AuditAction], tenant: TenantID?, limit: Int
    ) async throws -> AuditPassage

    func lastAuditIndex() async throws -> Int64
}

/// A receiver of one tenant's events.
package struct WebhookEndpoint: Sendable, Equatable {
    package let id: WebhookEndpointID
    package let tenant: TenantID
    package let url: String
    package let secret: [UInt8]
    package let keyID: String
    package let createdAt: Date

    package init(
        id: WebhookEndpointID, tenant: TenantID, url: String, secret: [UInt8], keyID: String, createdAt: Date
    ) {
        self.id = id
        self.tenant = tenant
        self.url = url
        self.secret = secret
        self.keyID = keyID
        self.createdAt = createdAt
    }
}

/// How far an endpoint has been told.
package struct WebhookProgress: Sendable, Equatable {
    /// The endpoint's id, or a fixed word for the one from the settings.
    package let name: String
    /// Everything up to this entry has been delivered or is no event.
    package let cursor: Int64
    package let attempts: Int
    package let failingSince: Date?
    package let lastCode: String?
    package let nextAttemptAt: Date?
    package let deliveredAt: Date?
    /// Given up until somebody asks for a replay.
    package let disabledAt: Date?

    package init(
        name: String, cursor: Int64, attempts: Int = 0, failingSince: Date? = nil, lastCode: String? = nil,
        nextAttemptAt: Date? = nil, deliveredAt: Date? = nil, disabledAt: Date? = nil
    ) {
        self.name = name
        self.cursor = cursor
        self.attempts = attempts
        self.failingSince = failingSince
        self.lastCode = lastCode
        self.nextAttemptAt = nextAttemptAt
        self.deliveredAt = deliveredAt
        self.disabledAt = disabledAt
    }
}

package struct WebhookFailure: Sendable, Equatable {
    package let at: Date
    package let code: String
    package let nextAttemptAt: Date

    package init(at: Date, code: String, nextAttemptAt: Date) {
        self.at = at
        self.code = code
        self.nextAttemptAt = nextAttemptAt
    }
}

/// A stretch of the audit log with what was looked for in it.
package struct AuditPassage: Sendable, Equatable {
    package let entries: [AuditEntry]
    /// No entry up to this one was left out.
    package let end: Int64

    package init(entries: [AuditEntry], end: Int64) {
        self.entries = entries
        self.end = end
    }
}
