internal import FoundationEssentials
package import GatewayCore
internal import HTTPTypes
package import OAuth

/// Questions to one organization that need no token: what anybody in a browser may see.
package struct ZendeskVisitor: Sendable {
    /// A connection of its own, so that the certificate is looked at now and not when a pooled one was opened.
    static let probeLimits = OutboundLimits(
        deadline: .seconds(8), maximumBodyBytes: 512 * 1024, needsFreshConnection: true)
    static let pageLimits = OutboundLimits(
        deadline: .seconds(8), maximumBodyBytes: 512 * 1024, needsFreshConnection: false)

    private let organization: OrganizationURL
    private let transport: any HTTPTransport

    package init(organization: OrganizationURL, transport: any HTTPTransport) {
        self.organization = organization
        self.transport = transport
    }

    /// The list of languages, which every account answers to everybody: the cheapest proof that one lives here.
    package func publicLocales() async -> ZendeskAnswer<Done> {
        let fields: HTTPFields = [.accept: "application/json", .acceptEncoding: "identity"]
        return await ask("/api/v2/locales/public.json", fields, limits: Self.probeLimits) { response in
            let locales = try? JSONDecoder().decode(LocalesBody.self, from: Data(response.body)).locales
            return locales.map { _ in Done() }
        }
    }

    /// What the authorization endpoint shows to a browser that nobody has signed in with.
    package func clientStanding(_ request: AuthorizationRequest) async -> ZendeskAnswer<ClientStanding> {
        let path = request.url(endpoint: ZendeskOAuth.authorizationPath)
        // The words on the page are compared, so the page has to be in English.
        let fields: HTTPFields = [.accept: "text/html", .acceptLanguage: "en", .acceptEncoding: "identity"]
        do {
            let response = try await transport.send(
                OutboundRequest(.get, path, at: organization, headerFields: fields, limits: Self.pageLimits))
            let page = AuthorizationPage(response, of: organization, redirectURI: request.redirectURI)
            let evidence = ZendeskEvidence(response)
            guard let standing = page.standing else {
                return .refused(ZendeskRefusal(unreadablePage: response), evidence: evidence)
            }
            return .value(standing, evidence: evidence)
        } catch {
            return .failed(error)
        }
    }

    private func ask<Value: Sendable>(
        _ path: String, _ fields: HTTPFields, limits: OutboundLimits, _ read: (OutboundResponse) -> Value?
    ) async -> ZendeskAnswer<Value> {
        do {
            let response = try await transport.send(
                OutboundRequest(.get, path, at: organization, headerFields: fields, limits: limits))
            let evidence = ZendeskEvidence(response)
            guard (200..<300).contains(response.status.code) else {
                return .refused(ZendeskRefusal(response), evidence: evidence)
            }
            guard let value = read(response) else {
                return .refused(ZendeskRefusal(unreadable: response), evidence: evidence)
            }
            return .value(value, evidence: evidence)
        } catch {
            return .failed(error)
        }
    }
}

private struct LocalesBody: Decodable {
    let locales: [AnyObjectBody]
}

extension ZendeskRefusal {
    /// A success that is no sign-in page of Zendesk's cannot be read; everything else has its usual meaning.
    fileprivate init(unreadablePage response: OutboundResponse) {
        self =
            (200..<300).contains(response.status.code)
            ? .malformed(status: response.status.code) : ZendeskRefusal(response)
    }
}
