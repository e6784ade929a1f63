import Foundation
import GatewayCore
import HTTPTypes
import Testing

@testable import OutboundHTTP

extension RawServer {
    static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    func organization(_ subdomain: String = "acme", tls: Bool = false) throws -> OrganizationURL {
        let policy = try HostPolicy(parsing: "zendesk.localhost:\(port)", usesPlainHTTP: !tls)
        return try OrganizationURL(subdomain: subdomain, policy: policy)
    }

    func get(_ path: String = "/", limits: OutboundLimits = .quick, tls: Bool = false) throws -> OutboundRequest {
        OutboundRequest(.get, path, at: try organization(tls: tls), limits: limits)
    }

    func post(_ body: String, limits: OutboundLimits = .quick, tls: Bool = false) throws -> OutboundRequest {
        OutboundRequest(.post, "/oauth/tokens", at: try organization(tls: tls), body: Secret(body), limits: limits)
    }
}

extension OutboundLimits {
    static let quick = OutboundLimits(deadline: .seconds(20), maximumBodyBytes: 1000, needsFreshConnection: true)
    static let pooled = OutboundLimits(deadline: .seconds(20), maximumBodyBytes: 1000, needsFreshConnection: false)

    static func within(_ milliseconds: Int, fresh: Bool = true) -> OutboundLimits {
        OutboundLimits(
            deadline: .milliseconds(milliseconds), maximumBodyBytes: 1000, needsFreshConnection: fresh)
    }
}

/// A server, a transport, and both gone afterwards.
func withServer(
    _ script: @escaping @Sendable (Conversation) async throws -> Void,
    _ body: (RawServer, OrganizationTransport) async throws -> Void
) async throws {
    let server = try await RawServer.start(script)
    let transport = OrganizationTransport()
    try await body(server, transport)
    await transport.shutdown()
    await server.stop()
}

func failure<Answer>(of call: () async throws(TransportFailure) -> Answer) async -> TransportFailure? {
    do throws(TransportFailure) {
        _ = try await call()
        return nil
    } catch {
        return error
    }
}

/// A name server under a test's control.
struct FixedResolver: NameResolver {
    let answer: Result<[ResolvedAddress], TransportFailure>
    let asked: @Sendable (String) -> Void

    init(_ answer: Result<[ResolvedAddress], TransportFailure>, asked: @escaping @Sendable (String) -> Void = { _ in })
    {
        self.answer = answer
        self.asked = asked
    }

    func addresses(of host: String) async throws(TransportFailure) -> [ResolvedAddress] {
        asked(host)
        return try answer.get()
    }
}
