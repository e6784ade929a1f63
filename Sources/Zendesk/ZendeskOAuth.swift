package import GatewayCore
package import OAuth

/// Zendesk's dialect: two paths below the organization's own host, and no metadata document to fetch them from.
package enum ZendeskOAuth {
    static let authorizationPath = "/oauth/authorizations/new"
    static let tokenPath = "/oauth/tokens"

    /// Where the browser is sent. Host and path are ours; nothing typed by anybody is in them but the checked label.
    package static func authorizationEndpoint(of organization: OrganizationURL) -> String {
        organization.text + authorizationPath
    }

    /// What an `iss` would have to be. Zendesk announces none, so it is optional; a given one must be exactly this.
    package static func issuer(of organization: OrganizationURL) -> String {
        organization.text
    }

    package static let issuerPolicy = IssuerPolicy.optional

    package static func tokenEndpoint(
        of organization: OrganizationURL, transport: any HTTPTransport, client: ClientCredentials,
        lifetimes: TokenLifetimes
    ) -> TokenEndpoint {
        TokenEndpoint(
            organization: organization, path: tokenPath, transport: transport, client: client, lifetimes: lifetimes)
    }
}
