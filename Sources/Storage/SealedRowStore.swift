package import GatewayCore

/// Every table with sealed columns. Whatever seals under a data key is listed here, so that no rotation forgets it.
package enum SealedTable: String, Sendable, CaseIterable {
    case credentials = "credentials"
    case pendingAuthorizations = "pending_authorizations"
    case pendingRevocations = "pending_revocations"
    case webhookEndpoints = "webhook_endpoints"
}

/// One row of a sealed table with all that its records are bound to.
package struct SealedRow: Sendable, Equatable {
    package let table: SealedTable
    package let row: String
    package let tenant: TenantID
    package let organization: String
    package let generation: UInt64
    /// Sealed columns by the name their sealing context has; empty ones left out.
    package let columns: [String: [UInt8]]
    package let keyID: String

    package init(
        table: SealedTable, row: String, tenant: TenantID, organization: String, generation: UInt64,
        columns: [String: [UInt8]], keyID: String
    ) {
        self.table = table
        self.row = row
        self.tenant = tenant
        self.organization = organization
        self.generation = generation
        self.columns = columns
        self.keyID = keyID
    }
}
