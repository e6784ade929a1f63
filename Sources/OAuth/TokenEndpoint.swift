package import GatewayCore
internal import HTTPTypes

/// One organization's token endpoint (RFC 6749, section 3.2).
package struct TokenEndpoint: Sendable {
    /// The current secret and the next one. A server that refuses everything should not be told more than that.
    package static let maximumSecretsTried = 2

    private let organization: OrganizationURL
    private let path: String
    private let transport: any HTTPTransport
    private let client: ClientCredentials
    private let lifetimes: TokenLifetimes

    package init(
        organization: OrganizationURL, path: String, transport: any HTTPTransport, client: ClientCredentials,
        lifetimes: TokenLifetimes
    ) {
        self.organization = organization
        self.path = path
        self.transport = transport
        self.client = client
        self.lifetimes = lifetimes
    }

    /// Redeems a code (RFC 6749, section 4.1.3). One request; see `attempt` for the only second one.
    package func exchange(_ grant: consuming AuthorizationGrant) async -> TokenEndpointOutcome {
        await attempt(TokenRequestBody.exchange(grant), limits: .token, until: .now + .seconds(20))
    }

    /// Renews a token set (RFC 6749, section 6). Afterwards the old pair is dead, whether or not the answer arrived.
    ///
    /// No request is open and none leaves after `end`, whatever stopped this process meanwhile: then somebody else may have
    /// taken over.
    package func refresh(_ refreshToken: Secret, until end: ContinuousClock.Instant) async -> TokenEndpointOutcome {
        await attempt(TokenRequestBody.refresh(refreshToken), limits: .refresh, until: end)
    }

    /// Sends the request, and once more with the next secret if the server answered `invalid_client`: then it failed at
    /// the client and did not come to look at the grant. A bare 401 is no reason; an attacker in the server's place
    /// could use it to collect secrets.
    private func attempt(
        _ body: TokenRequestBody, limits: OutboundLimits, until end: ContinuousClock.Instant
    ) async -> TokenEndpointOutcome {
        var candidates = client.secrets.prefix(Self.maximumSecretsTried)
        var (position, limits) = (0, limits)
        var outcome = TokenEndpointOutcome.failed(TokenEndpointFailure(.connectTimedOut))
        while true {
            limits.latestEnd = end
            guard .now < end else { return outcome }
            outcome = await send(body, secret: candidates.popFirst(), limits)
            if let isAccepted = outcome.isClientAccepted { client.notice?(position, isAccepted, candidates.isEmpty) }
            guard !candidates.isEmpty, outcome.isClientAccepted == false else { return outcome }
            position += 1
        }
    }

    private func send(
        _ body: TokenRequestBody, secret: Secret?, _ limits: OutboundLimits
    ) async -> TokenEndpointOutcome {
        let content = body.finished(clientID: client.clientID, secret: secret, lifetimes: lifetimes)
        let request = OutboundRequest(
            .post, path, at: organization, headerFields: Self.headerFields, body: content, limits: limits)
        do {
            let response = try await transport.send(request)
            let addressee = TokenResponse.Addressee(clientID: client.clientID, organization: organization)
            return TokenResponse.parse(response, for: addressee)
        } catch {
            return .failed(TokenEndpointFailure(error))
        }
    }

    private static let headerFields: HTTPFields = [
        .contentType: "application/json", .accept: "application/json", .acceptEncoding: "identity",
    ]
}
