import FoundationEssentials
import GatewayCore
import Storage

/// A connection as commands show it; the same members as in the API.
struct ConnectionBody: Encodable {
    struct Organization: Encodable {
        let subdomain: String
        /// Nil when the configured domain does not fit the record.
        let url: String?
    }

    struct Person: Encodable {
        let id: Int64
        let name: String
        let email: String?
        let role: String
    }

    struct Preflight: Encodable {
        let verdict: String
        let checked_at: String
    }

    struct Sync: Encodable {
        let state: String
        let last_completed_at: String?
    }

    struct Horizon: Encodable {
        let ends_at: String
        let renewable: Bool
    }

    struct Revocation: Encodable {
        let queued_at: String
        let generation: UInt64
        let attempts: Int
        let last_attempt_at: String?
        let last_code: String?
        let next_attempt_at: String
    }

    let id: String
    let tenant: String
    let organization: Organization
    let permission_level: String
    let granted_scopes: [String]
    let status: String
    let status_reason: String?
    let connected_by: Person
    let created_at: String
    let updated_at: String
    let generation: UInt64
    let access_token_expires_at: String?
    let refresh_token_expires_at: String?
    /// Nil unless somebody asked for it.
    var horizon: Horizon?
    var revocations: [Revocation]?
    var renewal: Renewal?
    var leases: Leases?
    let preflight: Preflight?
    let sync: Sync

    init(_ connection: Connection, policy: HostPolicy) {
        id = connection.id.text
        tenant = connection.tenant.text
        organization = Organization(
            subdomain: connection.subdomain,
            url: try? OrganizationURL(subdomain: connection.subdomain, policy: policy).text)
        permission_level = connection.permissionLevel.rawValue
        granted_scopes = connection.grantedScopes.names.sorted()
        status = connection.status.rawValue
        status_reason = connection.statusReason
        let person = connection.connectedBy
        connected_by = Person(id: person.id, name: person.name, email: person.email, role: person.role)
        created_at = connection.createdAt.formatted(.iso8601)
        updated_at = connection.updatedAt.formatted(.iso8601)
        generation = connection.generation
        access_token_expires_at = connection.accessTokenExpiresAt?.formatted(.iso8601)
        refresh_token_expires_at = connection.refreshTokenExpiresAt?.formatted(.iso8601)
        preflight = connection.preflight.map {
            Preflight(verdict: $0.verdict.rawValue, checked_at: $0.checkedAt.formatted(.iso8601))
        }
        sync = Sync(
            state: connection.sync.state.rawValue,
            last_completed_at: connection.sync.lastCompletedAt?.formatted(.iso8601))
    }

    var text: String {
        let who = "\(LogText.escaped(connected_by.name)) (\(connected_by.role), \(connected_by.id))"
        return """
            Connection     \(id)
            Organization   \(organization.url ?? organization.subdomain)
            Tenant         \(tenant)
            Level          \(permission_level), granted: \(granted_scopes.joined(separator: " "))
            Status         \(status)\(status_reason.map { " (\($0))" } ?? "")
            Connected by   \(who)
            Created        \(created_at), updated \(updated_at), generation \(generation)
            Access token   \(access_token_expires_at.map { "until \($0)" } ?? "end unknown")
            Refresh token  \(refresh_token_expires_at.map { "until \($0)" } ?? "end unknown")
            Preflight      \(preflight.map { "\($0.verdict), \($0.checked_at)" } ?? "not run")
            Sync           \(sync.state)
            """ + horizonLine + renewalLines + revocationLines
    }

    private var horizonLine: String {
        guard let horizon else { return "" }
        return "\nEnds           \(horizon.ends_at) "
            + (horizon.renewable ? "unless it is renewed" : "and cannot be renewed")
    }

    private var revocationLines: String {
        (revocations ?? []).map { waiting in
            "\nRevocation     of generation \(waiting.generation) waits since \(waiting.queued_at): "
                + "\(waiting.attempts) tried\(waiting.last_code.map { ", \($0)" } ?? ""), next \(waiting.next_attempt_at)"
        }.joined()
    }

    mutating func add(_ horizon: ConnectionHorizon?, _ waiting: [PendingRevocation]) {
        self.horizon = horizon.map { Horizon(ends_at: $0.end.formatted(.iso8601), renewable: $0.isRenewable) }
        revocations = waiting.map { pending in
            Revocation(
                queued_at: pending.queuedAt.formatted(.iso8601), generation: pending.generation,
                attempts: pending.attempts, last_attempt_at: pending.lastAttemptAt?.formatted(.iso8601),
                last_code: pending.lastCode, next_attempt_at: pending.nextAttemptAt.formatted(.iso8601))
        }
    }
}
