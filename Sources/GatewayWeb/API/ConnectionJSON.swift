import FoundationEssentials
import Gateway
import GatewayCore
import Hummingbird
import Storage

/// A connection as the API shows it. A member without a value is null, not absent.
struct ConnectionJSON: Encodable {
    let id: String
    let tenant: String
    let organization: Organization
    let permission_level: String
    let granted_scopes: [String]
    let status: String
    let status_reason: Nullable<String>
    let connected_by: Person
    let created_at: String
    let updated_at: String
    let generation: UInt64
    let access_token_expires_at: Nullable<String>
    let refresh_token_expires_at: Nullable<String>
    let horizon: Nullable<Horizon>
    let revocations: [Revocation]
    let preflight: Nullable<Preflight>
    let sync: Sync

    init(
        _ connection: Connection, horizon: Horizon?, revocations: [Revocation], policy: HostPolicy
    ) throws {
        let organization = try OrganizationURL(subdomain: connection.subdomain, policy: policy)
        id = connection.id.text
        tenant = connection.tenant.text
        self.organization = Organization(subdomain: organization.subdomain, url: organization.text)
        permission_level = connection.permissionLevel.rawValue
        granted_scopes = connection.grantedScopes.text.split(separator: " ").map(String.init)
        status = connection.status.rawValue
        status_reason = Nullable(connection.statusReason)
        connected_by = Person(connection.connectedBy)
        created_at = connection.createdAt.formatted(.iso8601)
        updated_at = connection.updatedAt.formatted(.iso8601)
        generation = connection.generation
        access_token_expires_at = Nullable(connection.accessTokenExpiresAt?.formatted(.iso8601))
        refresh_token_expires_at = Nullable(connection.refreshTokenExpiresAt?.formatted(.iso8601))
        self.horizon = Nullable(horizon)
        self.revocations = revocations
        preflight = Nullable(
            connection.preflight.map {
                Preflight(verdict: $0.verdict.rawValue, checked_at: $0.checkedAt.formatted(.iso8601))
            })
        sync = Sync(
            state: connection.sync.state.rawValue,
            last_completed_at: Nullable(connection.sync.lastCompletedAt?.formatted(.iso8601)),
            progress: Nullable(nil))
    }

    /// When the connection ends unless somebody or something acts.
    struct Horizon: Encodable {
        let ends_at: String
        /// Whether the gateway can move the end away by itself.
        let renewable: Bool
        /// Whether receivers of events were, or are about to be, warned.
        let soon: Bool
    }

    /// A token that nobody uses any more and that Zendesk has not called dead yet.
    struct Revocation: Encodable {
        let queued_at: String
        let generation: UInt64
        let attempts: Int
        let last_attempt_at: Nullable<String>
        let last_code: Nullable<String>
        let next_attempt_at: String

        init(_ pending: PendingRevocation) {
            queued_at = pending.queuedAt.formatted(.iso8601)
            generation = pending.generation
            attempts = pending.attempts
            last_attempt_at = Nullable(pending.lastAttemptAt?.formatted(.iso8601))
            last_code = Nullable(pending.lastCode)
            next_attempt_at = pending.nextAttemptAt.formatted(.iso8601)
        }
    }

    struct Organization: Encodable {
        let subdomain: String
        let url: String
    }

    struct Person: Encodable {
        let id: Int64
        let name: String
        let email: Nullable<String>
        let role: String

        init(_ person: ZendeskPerson) {
            id = person.id
            name = person.name
            email = Nullable(person.email)
            role = person.role
        }
    }

    struct Preflight: Encodable {
        let verdict: String
        let checked_at: String
    }

    struct Sync: Encodable {
        let state: String
        let last_completed_at: Nullable<String>
        let progress: Nullable<String>
    }
}

extension APIDesk {
    /// Connections with what else is known of them: three reads, however many there are.
    func shown(_ connections: [Connection]) async throws -> [ConnectionJSON] {
        let ids = connections.map(\.id)
        let horizons = try await web.store.connectionHorizons(of: ids)
        let waiting = try await web.store.pendingRevocations(ofAny: ids)
        return try connections.map { connection in
            let horizon = horizons.first { $0.connection == connection.id }.map { horizon in
                ConnectionJSON.Horizon(
                    ends_at: horizon.end.formatted(.iso8601), renewable: horizon.isRenewable,
                    soon: web.expiry.isSoon(horizon))
            }
            return try ConnectionJSON(
                connection, horizon: horizon,
                revocations: waiting.filter { $0.connection == connection.id }.map(ConnectionJSON.Revocation.init),
                policy: web.settings.hostPolicy)
        }
    }

    func answer(_ connection: Connection) async throws -> Response {
        guard let shown = try await shown([connection]).first else { throw Self.noConnection }
        return try .json(shown)
    }
}
