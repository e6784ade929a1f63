internal import FoundationEssentials
internal import GatewayCore
internal import HTTPTypes

/// What the authorization endpoint thinks of our client.
package enum ClientStanding: String, Sendable, CaseIterable {
    /// It asks for a sign-in and complains about nothing.
    case known
    case unknown
    case redirectURIRefused = "redirect_uri_refused"
    case scopeRefused = "scope_refused"
    /// The request is called invalid for a reason that is not one of the known ones.
    case requestRefused = "request_refused"
}

/// Reads the page or redirect that answers an authorization request. Zendesk publishes neither; the words are those that
/// were seen.
struct AuthorizationPage {
    /// The name of the page that takes the place of a redirect when client or redirect URI are wrong.
    private static let complaint = "invalid authorization request"
    private static let signInPaths = ["/access", "/auth", "/login", "/oauth", "/hc/", "/agent"]

    /// Nil when the answer says nothing about the client.
    let standing: ClientStanding?

    init(_ response: OutboundResponse, of organization: OrganizationURL, redirectURI: String) {
        let status = response.status.code
        if (300..<400).contains(status) {
            standing = Self.standing(
                location: response.headerFields[.location] ?? "", organization, redirectURI: redirectURI)
        } else {
            standing = Self.standing(
                page: String(decoding: response.body, as: UTF8.self).lowercased(), status: status,
                isPage: response.headerFields[.contentType]?.lowercased().hasPrefix("text/html") == true)
        }
    }

    private static func standing(
        location: String, _ organization: OrganizationURL, redirectURI: String
    ) -> ClientStanding? {
        if location.hasPrefix(redirectURI) {
            return location.contains("error=invalid_scope") ? .scopeRefused : .requestRefused
        }
        let path =
            location.hasPrefix(organization.text + "/") ? location.dropFirst(organization.text.count) : location[...]
        guard path.hasPrefix("/"), !path.hasPrefix("//") else { return nil }
        return signInPaths.contains { path.hasPrefix($0) } ? .known : nil
    }

    /// A sign-in page repeats the address it leads back to, redirect URI and all; only a page of complaint is searched for
    /// those words.
    private static func standing(page: String, status: Int, isPage: Bool) -> ClientStanding? {
        if page.contains(complaint) || (400..<500).contains(status) {
            if page.contains("no such client") || page.contains("\"unauthorized_client\"") { return .unknown }
            guard page.contains(complaint) || page.contains("\"invalid_scope\"") else { return nil }
            if page.contains("invalid_scope") || page.contains("scope is invalid") { return .scopeRefused }
            return page.contains("redirect_uri") ? .redirectURIRefused : .requestRefused
        }
        return (200..<300).contains(status) && isPage ? .known : nil
    }
}
