import GatewayCore
import OAuth
import Testing

@testable import Zendesk

@Suite("Zendesk's OAuth dialect")
struct ZendeskOAuthTests {
    @Test func `OA-08 OA-39 addresses are the organization's host and two constants`() throws {
        #expect(
            ZendeskOAuth.authorizationEndpoint(of: try acme()) == "https://acme.zendesk.com/oauth/authorizations/new")
        #expect(ZendeskOAuth.issuer(of: try acme()) == "https://acme.zendesk.com")
    }

    @Test func `OA-34 a stand-in's issuer has its port, and Zendesk's is optional`() throws {
        let policy = try HostPolicy(parsing: "zendesk.localhost:9443", usesPlainHTTP: false)
        let organization = try OrganizationURL(subdomain: "acme", policy: policy)
        #expect(ZendeskOAuth.issuer(of: organization) == "https://acme.zendesk.localhost:9443")
        #expect(ZendeskOAuth.issuerPolicy == .optional)
    }

    @Test func `the token endpoint is below the organization's host`() async throws {
        let transport = RecordingTransport(.failure(.connectionRefused))
        let endpoint = ZendeskOAuth.tokenEndpoint(
            of: try acme(), transport: transport, client: ClientCredentials(clientID: "c", secrets: []),
            lifetimes: TokenLifetimes(access: 300, refresh: 604_800))
        _ = await endpoint.refresh(Secret("r"), until: .now + .seconds(10))
        let request = try #require(transport.requests.first)
        #expect(request.organization == (try acme()))
        #expect(request.path == "/oauth/tokens")
    }
}
