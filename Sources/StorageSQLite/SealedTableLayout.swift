import GatewayCore
import Storage

/// Where a sealed table keeps what a record is bound to. Names come from here only, never from outside.
struct SealedTableLayout {
    /// The rows with their tenant and organization.
    let joined: String
    let id: String
    let tenant: String
    let organization: String
    /// An SQL expression: what never changes has generation 0.
    let generation: String
    /// A condition, for rows that hold nothing any more.
    let holds: String
    /// The sealing context's column and the table's.
    let columns: [(context: String, column: String)]
    let table: String

    var keyColumn: String { "\(table).key_id" }

    init(_ sealed: SealedTable) {
        table = sealed.rawValue
        switch sealed {
        case .credentials:
            // A row whose connection is gone has no place it opens in, and is not to be passed over (KEY-12).
            joined = "credentials LEFT JOIN connections ON connections.id = credentials.connection_id"
            id = "credentials.connection_id"
            tenant = "coalesce(connections.tenant, '\(TenantID.default.text)')"
            organization = "coalesce(connections.subdomain, '')"
            generation = "credentials.generation"
            holds = "1"
            columns = [("access_token", "access_token"), ("refresh_token", "refresh_token")]
        case .pendingAuthorizations:
            joined = "pending_authorizations"
            id = "pending_authorizations.id"
            (tenant, organization) = ("tenant", "subdomain")
            generation = "0"
            holds = "length(sealed_verifier) > 0"
            columns = [("verifier", "sealed_verifier")]
        case .pendingRevocations:
            joined = "pending_revocations"
            id = "pending_revocations.id"
            (tenant, organization) = ("tenant", "subdomain")
            generation = "generation"
            holds = "1"
            columns = [("access_token", "access_token")]
        case .webhookEndpoints:
            joined = "webhook_endpoints"
            id = "webhook_endpoints.id"
            (tenant, organization) = ("tenant", "subdomain")
            generation = "generation"
            holds = "1"
            columns = [("secret", "secret")]
        }
    }
}
