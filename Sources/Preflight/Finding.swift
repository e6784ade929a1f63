/// What a check found. Never a secret; the evidence is what a support engineer would write down.
package struct Finding: Sendable, Equatable {
    package let status: CheckStatus
    package let message: String
    package let remedy: String?
    /// A path in the organization's own Zendesk where it can be mended; the report makes it a link.
    package let place: AdminPlace?
    package let evidence: [String: String]

    package static func pass(_ message: String, evidence: [String: String] = [:]) -> Finding {
        Finding(status: .pass, message: message, remedy: nil, place: nil, evidence: evidence)
    }

    package static func warn(
        _ message: String, remedy: String, at place: AdminPlace? = nil, evidence: [String: String] = [:]
    ) -> Finding {
        Finding(status: .warn, message: message, remedy: remedy, place: place, evidence: evidence)
    }

    package static func fail(
        _ message: String, remedy: String, at place: AdminPlace? = nil, evidence: [String: String] = [:]
    ) -> Finding {
        Finding(status: .fail, message: message, remedy: remedy, place: place, evidence: evidence)
    }

    package static func skipped(because cause: CheckCode) -> Finding {
        Finding(
            status: .skipped, message: "Not checked, because “\(cause.title)” did not pass.", remedy: nil, place: nil,
            evidence: ["because": cause.rawValue])
    }
}

package enum CheckStatus: String, Sendable, CaseIterable, Codable {
    case pass, warn, fail, skipped
}

/// Where in Zendesk something is mended.
package enum AdminPlace: Sendable, Equatable, CaseIterable {
    case teamMembers
    case ipRestrictions
    case oauthClients
    case guide

    /// A path on the organization's own host.
    package var path: String {
        switch self {
        case .teamMembers: "/admin/people/team/members"
        case .ipRestrictions: "/admin/account/security/advanced"
        case .oauthClients: "/admin/apps-integrations/apis/zendesk-api/oauth_clients"
        case .guide: "/hc/start"
        }
    }

    /// The same as a person walks it.
    package var directions: String {
        switch self {
        case .teamMembers: "Admin Center, People, Team, Team members"
        case .ipRestrictions: "Admin Center, Account, Security, Advanced, IP restrictions"
        case .oauthClients: "Admin Center, Apps and integrations, APIs, OAuth clients"
        case .guide: "Products menu, Knowledge"
        }
    }
}
