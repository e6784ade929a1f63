package import FoundationEssentials

/// The lasting tie between us and one organization at one permission level. Holds no token: those are sealed in its
/// credential.
package struct Connection: Sendable, Equatable {
    package let id: ConnectionID
    package let tenant: TenantID
    /// The organization's subdomain, as `OrganizationURL` accepted it.
    package let subdomain: String
    package var permissionLevel: PermissionLevel
    package var grantedScopes: ScopeSet
    package var status: ConnectionStatus
    /// A stable code that says why the status is what it is; nil while all is well.
    package var statusReason: String?
    package var connectedBy: ZendeskPerson
    /// What tells this Zendesk account from another that takes over its name: its oldest brand's id.
    package var accountFingerprint: String?
    package let createdAt: Date
    package var updatedAt: Date
    /// Grows by one with every token set; a record sealed under another generation does not open.
    package var generation: UInt64
    package var accessTokenExpiresAt: Date?
    package var refreshTokenExpiresAt: Date?
    package var preflight: PreflightSummary?
    package var sync: SyncProgress

    package init(
        id: ConnectionID, tenant: TenantID, subdomain: String, permissionLevel: PermissionLevel,
        grantedScopes: ScopeSet, status: ConnectionStatus, statusReason: String? = nil, connectedBy: ZendeskPerson,
        accountFingerprint: String?, createdAt: Date, updatedAt: Date, generation: UInt64,
        accessTokenExpiresAt: Date?, refreshTokenExpiresAt: Date?, preflight: PreflightSummary? = nil,
        sync: SyncProgress = .notStarted
    ) {
        self.id = id
        self.tenant = tenant
        self.subdomain = subdomain
        self.permissionLevel = permissionLevel
        self.grantedScopes = grantedScopes
        self.status = status
        self.statusReason = statusReason
        self.connectedBy = connectedBy
        self.accountFingerprint = accountFingerprint
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.generation = generation
        self.accessTokenExpiresAt = accessTokenExpiresAt
        self.refreshTokenExpiresAt = refreshTokenExpiresAt
        self.preflight = preflight
        self.sync = sync
    }
}

/// Whether the tokens live. What preflight found is told apart from it.
package enum ConnectionStatus: String, Sendable, CaseIterable {
    case active = "active"
    case inDoubt = "in_doubt"
    case needsReauthorization = "needs_reauthorization"
    case disconnected = "disconnected"
}

/// Who signed in at Zendesk.
package struct ZendeskPerson: Sendable, Equatable {
    package let id: Int64
    package let name: String
    package let email: String?
    package let role: String

    package init(id: Int64, name: String, email: String?, role: String) {
        self.id = id
        self.name = name
        self.email = email
        self.role = role
    }
}

package enum Verdict: String, Sendable, CaseIterable {
    case pass, warn, fail
}

/// The newest preflight report in two words, kept beside the connection so that lists need not read reports.
package struct PreflightSummary: Sendable, Equatable {
    package let verdict: Verdict
    package let checkedAt: Date

    package init(verdict: Verdict, checkedAt: Date) {
        self.verdict = verdict
        self.checkedAt = checkedAt
    }
}

package enum SyncState: String, Sendable, CaseIterable {
    case notStarted = "not_started"
    case waitingForPreflight = "waiting_for_preflight"
    case running = "running"
    case completed = "completed"
    case failing = "failing"
}

package struct SyncProgress: Sendable, Equatable {
    package let state: SyncState
    package let lastCompletedAt: Date?

    package static let notStarted = SyncProgress(state: .notStarted, lastCompletedAt: nil)
    package static let waitingForPreflight = SyncProgress(state: .waitingForPreflight, lastCompletedAt: nil)

    package init(state: SyncState, lastCompletedAt: Date?) {
        self.state = state
        self.lastCompletedAt = lastCompletedAt
    }
}
