import AsyncHTTPClient
import GatewayCore
import HTTPTypes
import NIOCore
import NIOHTTP1

/// One request and its answer, under the request's limits.
struct Exchange: Sendable {
    let request: OutboundRequest
    let client: HTTPClient
    let end: ContinuousClock.Instant

    /// Where a request goes and how it is framed is not the caller's to say.
    private static let reserved: Set<String> = [
        "host", "content-length", "transfer-encoding", "connection", "keep-alive", "proxy-connection", "upgrade", "te",
        "trailer", "expect",
    ]

    func run() async throws(TransportFailure) -> OutboundResponse {
        try await withDeadline(end) { try await answer() }
    }

    private func answer() async throws -> OutboundResponse {
        var outgoing = HTTPClientRequest(url: Self.address(request.path, at: request.organization))
        outgoing.method = .init(rawValue: request.method.rawValue)
        Self.add(request.headerFields, to: &outgoing)
        if let body = request.body {
            outgoing.body = .bytes(
                body.exposeBytes { span in unsafe span.withUnsafeBytes { unsafe ByteBuffer(bytes: $0) } })
        }
        let response = try await client.execute(outgoing, deadline: .now() + TimeAmount(end - .now))
        var body: [UInt8] = []
        for try await chunk in response.body {
            guard body.count + chunk.readableBytes <= request.limits.maximumBodyBytes else {
                throw TransportFailure.responseTooLarge
            }
            body.append(contentsOf: chunk.readableBytesView)
        }
        return OutboundResponse(
            status: .init(code: Int(response.status.code)), headerFields: Self.fields(of: response.headers),
            body: body)
    }

    static func address(_ path: String, at organization: OrganizationURL) -> String {
        // Without its slash `.evil.example` or `@evil.example` would become part of the host.
        organization.text + (path.hasPrefix("/") ? path : "/" + path)
    }

    static func add(_ fields: HTTPFields, to outgoing: inout HTTPClientRequest) {
        for field in fields where !reserved.contains(field.name.canonicalName) {
            outgoing.headers.add(name: field.name.rawName, value: field.value)
        }
    }

    static func fields(of headers: HTTPHeaders) -> HTTPFields {
        var fields = HTTPFields()
        for (name, value) in headers {
            guard let name = HTTPField.Name(name) else { continue }
            fields.append(HTTPField(name: name, value: value))
        }
        return fields
    }
}
