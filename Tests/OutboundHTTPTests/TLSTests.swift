import Foundation
import GatewayCore
import HTTPTypes
import NIOSSL
import Testing

@testable import OutboundHTTP

@Suite struct `TLS` {
    @Test func `a certificate of a trusted authority is accepted, and the name asked for is the organization's`()
        async throws
    {
        try await withTLS({ try await $0.server() }, { try await $0.answerAll(RawServer.ok) }) { server, transport in
            let response = try await transport.send(server.get(tls: true))
            #expect(response.status == .ok)
            #expect(server.seen.serverNames == ["acme.zendesk.localhost"])
            let request = try #require(server.seen.requests.first).lowercased()
            #expect(request.contains("\r\nhost: acme.zendesk.localhost:\(server.port)\r\n"))
        }
    }

    @Test(arguments: [
        ("globex.zendesk.localhost", "20200101000000Z", "20491231000000Z"),
        ("acme.zendesk.localhost.evil.example", "20200101000000Z", "20491231000000Z"),
        ("acme.zendesk.localhost", "20200101000000Z", "20200201000000Z"),
        ("acme.zendesk.localhost", "20480101000000Z", "20491231000000Z"),
    ])
    func `OA-59 URL-35 another's, an expired and a future certificate are refused before any octet of the request`(
        name: String, start: String, end: String
    ) async throws {
        try await withTLS(
            { try await $0.server(name: name, from: start, until: end) }, { try await $0.answerAll(RawServer.ok) }
        ) { server, transport in
            try await expectNothingSent(.certificateUntrusted, server, transport)
        }
    }

    @Test func `OA-59 a certificate of an unknown authority is refused before any octet of the request`() async throws {
        try await withTLS({ try await $0.server() }, { try await $0.answerAll(RawServer.ok) }) { server, _ in
            let unknowing = OrganizationTransport()
            try await expectNothingSent(.certificateUntrusted, server, unknowing)
            await unknowing.shutdown()
        }
    }

    @Test func `OA-59 TLS 1.1 is refused`() async throws {
        try await withTLS(
            { certificates in
                var settings = try await certificates.server()
                settings.minimumTLSVersion = .tlsv1
                settings.maximumTLSVersion = .tlsv11
                return settings
            }, { try await $0.answerAll(RawServer.ok) }
        ) { server, transport in try await expectNothingSent(.tlsFailed, server, transport) }
    }

    @Test func `a server that does not speak TLS gets nothing of the request`() async throws {
        try await withServer({ conversation in
            try await conversation.say(RawServer.ok)
            try await conversation.waitForEnd()
        }) { server, transport in try await expectNothingSent(.tlsFailed, server, transport) }
    }

    @Test func `OA-72 HTTP/2 is not offered: a server that would rather speak it is spoken to in HTTP/1.1`()
        async throws
    {
        try await withTLS(
            { certificates in
                var settings = try await certificates.server()
                settings.applicationProtocols = ["h2", "http/1.1"]
                return settings
            },
            { try await $0.answerAll(RawServer.ok) }
        ) { server, transport in
            let response = try await transport.send(try server.get(tls: true))
            #expect(response.body == Array("ok".utf8))
            #expect(server.seen.requests.allSatisfy { $0.contains(" HTTP/1.1\r\n") })
        }
    }

    @Test func `OA-59 a body that ends without TLS's own goodbye was cut off`() async throws {
        try await withTLS(
            { try await $0.server() },
            { conversation in
                _ = try await conversation.request()
                try await conversation.say("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"access_token\":\"x")
                try await conversation.cut()
            }
        ) { server, transport in
            let request = try server.post("a=b", tls: true)
            let failure = await failure { () throws(TransportFailure) in try await transport.send(request) }
            #expect(failure == .closedEarly)
        }
    }

    @Test func `a TLS fault after the request counts as perhaps arrived, never as an untrusted certificate`()
        async throws
    {
        try await withTLS(
            { try await $0.server() },
            { conversation in
                _ = try await conversation.request()
                // A record of application data that no key of this connection has sealed.
                try await conversation.sayBelowTLS([0x17, 3, 3, 0, 32] + [UInt8](repeating: 0xEE, count: 32))
                try await conversation.waitForEnd()
            }
        ) { server, transport in
            let request = try server.post("a=b", tls: true)
            let failure = await failure { () throws(TransportFailure) in try await transport.send(request) }
            #expect(failure == .closedEarly && failure?.mayHaveArrived == true)
            #expect(server.seen.requests.count == 1)
        }
    }

    private func expectNothingSent(
        _ expected: TransportFailure, _ server: RawServer, _ transport: OrganizationTransport
    ) async throws {
        let request = try server.post("client_secret=s", tls: true)
        let begun = ContinuousClock.now
        let failure = await failure { () throws(TransportFailure) in try await transport.send(request) }
        #expect(failure == expected && failure?.mayHaveArrived == false)
        #expect(server.seen.requests.isEmpty)
        #expect(ContinuousClock.now - begun < .seconds(30))
    }

    private func withTLS(
        _ settings: (Certificates) async throws -> TLSConfiguration,
        _ script: @escaping @Sendable (Conversation) async throws -> Void,
        _ body: (RawServer, OrganizationTransport) async throws -> Void
    ) async throws {
        let certificates = try await Certificates()
        defer { certificates.remove() }
        let server = try await RawServer.start(tls: try await settings(certificates), script)
        let transport = OrganizationTransport(caFile: certificates.caFile)
        try await body(server, transport)
        await transport.shutdown()
        await server.stop()
    }
}
