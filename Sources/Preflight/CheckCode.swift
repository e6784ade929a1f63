/// The name of a check, as it stands in reports. A closed list that others rely on: a code never changes its meaning.
package enum CheckCode: String, Sendable, CaseIterable, Codable {
    case tokenAccepted = "token.accepted"
    case identityKnown = "identity.known"
    case scopesGranted = "scopes.granted"
    case supportRoleAdmin = "support_role.admin"
    case guideRoleAdmin = "guide_role.admin"
    case ipRestrictionsOff = "ip_restrictions.off"
    case refreshWorks = "refresh.works"

    package var title: String {
        switch self {
        case .tokenAccepted: "Zendesk accepts the token"
        case .identityKnown: "Zendesk says who is signed in"
        case .scopesGranted: "The permissions cover the level you chose"
        case .supportRoleAdmin: "Support role is Admin"
        case .guideRoleAdmin: "Guide role is Admin"
        case .ipRestrictionsOff: "IP restrictions are off"
        case .refreshWorks: "The connection can renew itself"
        }
    }
}
