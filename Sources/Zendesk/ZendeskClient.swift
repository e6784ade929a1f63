internal import FoundationEssentials
package import GatewayCore
internal import HTTPTypes

/// The REST interface of one organization, used with one access token. Each call is one request; nothing is retried.
package struct ZendeskClient: Sendable {
    private let organization: OrganizationURL
    private let transport: any HTTPTransport
    private let accessToken: Secret

    package init(organization: OrganizationURL, transport: any HTTPTransport, accessToken: Secret) {
        self.organization = organization
        self.transport = transport
        self.accessToken = accessToken
    }

    /// `path` is written in our sources, percent-encoded as it goes on the wire.
    func get<Body: Decodable, Value: Sendable>(
        _ path: String, _ body: Body.Type, _ read: (Body) -> Value?
    ) async -> ZendeskAnswer<Value> {
        await send(.get, path) { response in
            guard let body = try? JSONDecoder().decode(Body.self, from: Data(response.body)) else { return nil }
            return read(body)
        }
    }

    func delete(_ path: String) async -> ZendeskAnswer<Done> {
        await send(.delete, path) { _ in Done() }
    }

    private func send<Value: Sendable>(
        _ method: HTTPRequest.Method, _ path: String, _ read: (OutboundResponse) -> Value?
    ) async -> ZendeskAnswer<Value> {
        do {
            let response = try await transport.send(request(method, path))
            let evidence = ZendeskEvidence(response)
            guard (200..<300).contains(response.status.code) else {
                return .refused(ZendeskRefusal(response), evidence: evidence)
            }
            guard Self.isUncoded(response), let value = read(response) else {
                return .refused(ZendeskRefusal(unreadable: response), evidence: evidence)
            }
            return .value(value, evidence: evidence)
        } catch {
            return .failed(error)
        }
    }

    private func request(_ method: HTTPRequest.Method, _ path: String) -> OutboundRequest {
        OutboundRequest(
            method, path, at: organization,
            headerFields: [
                .authorization: "Bearer \(accessToken.exposeText())", .accept: "application/json",
                .acceptEncoding: "identity",
            ],
            limits: .api)
    }

    /// We ask for `identity`; anything else is not unpacked.
    private static func isUncoded(_ response: OutboundResponse) -> Bool {
        response.headerFields[.contentEncoding].map { $0.lowercased() == "identity" } ?? true
    }
}

/// The value of calls of which only the success matters.
package struct Done: Sendable, Hashable {}

/// Any JSON object. A page, a list or an empty body is none.
struct AnyObjectBody: Decodable {
    private enum Key: CodingKey {}

    init(from decoder: any Decoder) throws {
        _ = try decoder.container(keyedBy: Key.self)
    }
}
