import AsyncHTTPClient
package import GatewayCore
package import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOSSL

/// The way out for events: another than the one to organizations, with no connection in common.
package final class WebhookSender: WebhookTransport {
    /// A receiver is to take an event and answer; work it does before that is its own affair.
    package static let deadline = Duration.seconds(15)
    /// Nobody reads the answer; more than this is not even fetched.
    private static let maximumAnswer = 16 * 1024
    /// Bounds connecting, handshake included.
    private static let connectLimit = Duration.seconds(5)

    private let resolver: any NameResolver
    private let policy = AddressPolicy()
    private let trustRoots: NIOSSLAdditionalTrustRoots?
    private let deadline: Duration

    /// `caFile` is an additional trust root for receivers on this machine.
    package init(
        resolver: any NameResolver = SystemNameResolver(), caFile: String? = nil,
        deadline: Duration = WebhookSender.deadline
    ) {
        self.resolver = resolver
        self.deadline = deadline
        trustRoots = caFile.map { .file($0) }
    }

    package func post(
        _ body: [UInt8], headerFields: HTTPFields, to url: WebhookURL
    ) async throws(TransportFailure) -> OutboundResponse {
        let end = ContinuousClock.now + deadline
        let client = makeClient(for: url, at: try await checkedAddress(of: url, before: end))
        let result: Result<OutboundResponse, TransportFailure>
        do {
            result = .success(
                try await withDeadline(end) {
                    try await Self.send(body, headerFields, to: url, with: client, before: end)
                })
        } catch {
            result = .failure(error)
        }
        try? await client.shutdown()
        return try result.get()
    }

    /// A name that leads into a private network is refused, also when only one of its addresses does.
    private func checkedAddress(
        of url: WebhookURL, before end: ContinuousClock.Instant
    ) async throws(TransportFailure) -> ResolvedAddress {
        if url.isLoopback { return .loopback }
        return try await policy.checkedAddress(of: url.host, using: resolver, before: end)
    }

    private func makeClient(for url: WebhookURL, at address: ResolvedAddress) -> HTTPClient {
        HTTPClient(
            eventLoopGroupProvider: .singleton,
            configuration: .narrow(
                host: url.host, address: address, trustRoots: url.isLoopback ? trustRoots : nil,
                connect: Self.connectLimit, idle: deadline))
    }

    private static func send(
        _ body: [UInt8], _ fields: HTTPFields, to url: WebhookURL, with client: HTTPClient,
        before end: ContinuousClock.Instant
    ) async throws -> OutboundResponse {
        var request = HTTPClientRequest(url: url.text)
        request.method = .POST
        for field in fields { request.headers.add(name: field.name.rawName, value: field.value) }
        request.body = .bytes(ByteBuffer(bytes: body))
        let response = try await client.execute(request, deadline: .now() + TimeAmount(end - .now))
        var length = 0
        for try await chunk in response.body {
            length += chunk.readableBytes
            guard length <= maximumAnswer else { throw TransportFailure.responseTooLarge }
        }
        var head = HTTPFields()
        if let seconds = response.headers.first(name: "retry-after") { head[.retryAfter] = seconds }
        return OutboundResponse(status: .init(code: Int(response.status.code)), headerFields: head)
    }
}
