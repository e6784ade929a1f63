/// The name of a check, as it stands in reports, in the order of the report. A closed list that others rely on: a code never
/// changes its meaning.
package enum CheckCode: String, Sendable, CaseIterable, Codable {
    case hostResolves = "host.resolves"
    case tlsValid = "tls.valid"
    case organizationExists = "organization.exists"
    case clockAgrees = "clock.agrees"
    case oauthClientKnown = "oauth_client.known"
    case tokenAccepted = "token.accepted"
    case identityKnown = "identity.known"
    case scopesGranted = "scopes.granted"
    case supportRoleAdmin = "support_role.admin"
    case guideRoleAdmin = "guide_role.admin"
    case ipRestrictionsOff = "ip_restrictions.off"
    case planLoginActivity = "plan.login_activity"
    case rateLimitHeadroom = "rate_limit.headroom"
    case refreshWorks = "refresh.works"

    package var title: String {
        switch self {
        case .hostResolves: "The organization's name has an address"
        case .tlsValid: "The connection to it is encrypted and genuine"
        case .organizationExists: "A Zendesk account lives there"
        case .clockAgrees: "Our clock agrees with Zendesk's"
        case .oauthClientKnown: "Zendesk knows Latchkey"
        case .tokenAccepted: "Zendesk lets Latchkey in"
        case .identityKnown: "Zendesk says who is signed in"
        case .scopesGranted: "The permissions cover the level you chose"
        case .supportRoleAdmin: "Support role is Admin"
        case .guideRoleAdmin: "Guide role is Admin"
        case .ipRestrictionsOff: "IP restrictions are off"
        case .planLoginActivity: "Sign-ins can be counted"
        case .rateLimitHeadroom: "There are calls left"
        case .refreshWorks: "The connection can renew itself"
        }
    }
}
