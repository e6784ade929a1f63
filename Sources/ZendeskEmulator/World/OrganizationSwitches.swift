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

    /// How a call from an address outside the ranges is refused; nobody has published it.
    package var blockedAnswer = BlockedAnswer.page
    /// False: this organization knows none of the clients, as before a global client is approved.
    package var knowsClients = true
    /// How the entitlements speak of Guide.
    package var guideEntitlement = GuideEntitlement.full
    /// What a browser without a session meets when its authorization request is right.
    package var signInStyle = SignInStyle.page
    /// Every answer of this organization takes so long.
    package var latencyMilliseconds = 0
    /// The `Date` header is this far off the world's time.
    package var dateShiftSeconds: Int64 = 0
    /// False: answers without the headers that count calls.
    package var showsRateLimit = true
    /// How many calls of the current minute other programs have used up already.
    package var callsOfOthers = 0

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

/// The status class of a blocked call is all that is known, and even that from one guide.
package enum BlockedAnswer: String, Sendable, CaseIterable {
    /// 403 with a page.
    case page
    /// 403 as for a missing role.
    case forbidden
    /// 401 as for missing credentials.
    case unauthenticated
    /// 403 with nothing.
    case empty
}

package enum GuideEntitlement: String, Sendable, CaseIterable {
    case full
    /// An unmarked box leaves the product out instead of calling it inactive.
    case absentUnlessMarked = "absent_unless_marked"
    /// The private older form: the role's name alone.
    case nameOnly = "name_only"
}

package enum SignInStyle: String, Sendable, CaseIterable {
    case page
    case redirect
}

/// What a suspended person's token opens; Zendesk's own answer is not established.
package enum SuspendedPerson: String, Sendable, CaseIterable {
    /// Calls work and `users/me` says `suspended: true`.
    case visible
    case tokenDead = "token_dead"
    case forbidden
}
