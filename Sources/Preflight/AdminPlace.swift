/// Where in Zendesk something is mended.
package enum AdminPlace: Sendable, Equatable, CaseIterable {
    case teamMembers
    case ipRestrictions
    case oauthClients
    case guide
    case subscription

    /// A path on the organization's own host.
    package var path: String {
        switch self {
        case .teamMembers: "/admin/people/team/members"
        case .ipRestrictions: "/admin/account/security/advanced"
        case .oauthClients: "/admin/apps-integrations/apis/zendesk-api/oauth_clients"
        case .guide: "/hc/start"
        case .subscription: "/admin/account/billing/subscription"
        }
    }

    /// The same as a person walks it.
    package var directions: String {
        switch self {
        case .teamMembers: "Admin Center, People, Team, Team members"
        case .ipRestrictions: "Admin Center, Account, Security, Advanced, IP restrictions"
        case .oauthClients: "Admin Center, Apps and integrations, APIs, OAuth clients"
        case .guide: "Products menu, Knowledge"
        case .subscription: "Admin Center, Account, Billing, Subscription"
        }
    }
}
