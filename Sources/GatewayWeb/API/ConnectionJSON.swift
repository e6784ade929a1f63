import FoundationEssentials
import Gateway
import GatewayCore

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
    let preflight: Nullable<Preflight>
    let sync: Sync

    init(_ connection: Connection, policy: HostPolicy) throws {
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
        preflight = Nullable(
            connection.preflight.map {
                Preflight(verdict: $0.verdict.rawValue, checked_at: $0.checkedAt.formatted(.iso8601))
            })
        sync = Sync(
            state: connection.sync.state.rawValue,
            last_completed_at: Nullable(connection.sync.lastCompletedAt?.formatted(.iso8601)),
            progress: Nullable(nil))
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

/// Written as null instead of being left out, so that callers can rely on every member.
struct Nullable<Value: Encodable>: Encodable {
    let value: Value?

    init(_ value: Value?) { self.value = value }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let value { try container.encode(value) } else { try container.encodeNil() }
    }
}

/// What became of the tokens.
struct ReceiptJSON: Encodable {
    let revoked: Bool
    let verified_dead: Bool
    let queued: Bool
    let at: String
    let audit_index: Nullable<Int64>

    init(_ receipt: DisconnectReceipt) {
        revoked = receipt.revoked
        verified_dead = receipt.verifiedDead
        queued = receipt.isQueued
        at = receipt.at.formatted(.iso8601)
        audit_index = Nullable(receipt.auditIndex)
    }
}
