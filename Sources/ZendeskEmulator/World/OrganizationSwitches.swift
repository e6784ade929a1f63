/// What a test or a curious person may turn to see another of Zendesk's faces. The names in the control interface are
/// the raw values of the keys in `OrganizationSwitches+JSON.swift`.
package struct OrganizationSwitches: Sendable, Equatable {
    /// The reference says 201, real traffic says 200.
    package var successStatus = 200
    package var expiresInMode = ExpiresInMode.missingUnlessAsked
    /// Lifetime of an access token when none was asked for; nil is a client on which expiry is not enforced yet.
    package var defaultExpiresIn: Int64? = 1_800
    package var tokenStyle = TokenStyle.opaque
    package var currentDeleteHasNoEffect = false
    /// Writing scopes are documented to cover DELETE, and Zendesk asks about them when a revocation had no effect.
    package var tokenDeleteNeedsWrite = true
    package var allowedScopesMode = AllowedScopesMode.enforced
    package var deniedDescription = DeniedDescription.plus
    package var invalidRequestPageStatus = 400
    package var account = AccountState.open
    /// Shows the failing certificate, if the configuration has one.
    package var certificateFails = false
    package var plan = Plan.enterprise
    package var helpCenter = HelpCenter.enabled
    package var ipRestrictionEnabled = false
    package var ipRanges: String?
    package var enableAgentIPRestrictions = false
    package var suspendedPerson = SuspendedPerson.tokenDead
    package var suspendedMaySignIn = false
    /// Requests a minute; nil follows the plan.
    package var rateLimit: Int?
    /// Paths that answer 404 InvalidEndpoint, as an older account version would.
    package var missingEndpoints: [String] = []

    package init() {}
}

/// When the answer of the token endpoint carries `expires_in`.
package enum ExpiresInMode: String, Sendable, CaseIterable {
    case present
    /// Seen in July 2026: left out unless the request named a lifetime.
    case missingUnlessAsked = "missing"
    case nullUnlessAsked = "null"
    case alwaysMissing = "always_missing"
    case alwaysNull = "always_null"
}

package enum TokenStyle: String, Sendable, CaseIterable {
    case opaque, jwt
}

package enum AllowedScopesMode: String, Sendable, CaseIterable {
    case enforced
    /// Before August 2026: anything is granted, and what is unknown opens nothing.
    case before2026 = "before_2026"
}

package enum DeniedDescription: String, Sendable, CaseIterable {
    case plus, percent
    case fullStop = "full_stop"
}

package enum AccountState: String, Sendable, CaseIterable {
    case open
    /// Suspended by Zendesk for non-payment.
    case unpaid
    /// Renamed or deleted: the name is free again.
    case gone
}

package enum Plan: String, Sendable, CaseIterable {
    case team, professional, enterprise
    case enterprisePlus = "enterprise_plus"

    var requestsAMinute: Int {
        switch self {
        case .team: 200
        case .professional: 400
        case .enterprise: 700
        case .enterprisePlus: 2_500
        }
    }

    var hasAuditLogs: Bool {
        self == .enterprise || self == .enterprisePlus
    }
}

package enum HelpCenter: String, Sendable, CaseIterable {
    case enabled
    case notActivated = "not_activated"
    case absent
}

/// What a suspended person's token opens; Zendesk's own answer is not established.
package enum SuspendedPerson: String, Sendable, CaseIterable {
    /// Calls work and `users/me` says `suspended: true`.
    case visible
    case tokenDead = "token_dead"
    case forbidden
}
