import AsyncHTTPClient
import Foundation
import GatewayCore
import HTTPTypes
import HummingbirdCore
import HummingbirdHTTP2
import NIOCore
import NIOHTTP1
import NIOSSL
import Storage
import Synchronization
import Testing

@testable import GatewayWeb

/// Over HTTP/2 a body has neither of the two header fields that announce one.
@Suite struct `The proxy over HTTP/2` {
    private static let held = 256 * 1024

    @Test(arguments: [[5], [1, 0, 1], [held], [held + 1], [100_000, 100_000, 100_000, 1], []])
    func `a body that no header announces reaches Zendesk whole`(pieces: [Int]) async throws {
        let received = Mutex<(bytes: [UInt8], isHeld: Bool)?>(nil)
        let zendesk = ScriptedStream { request, _ throws(TransportFailure) in
            let (bytes, isHeld) = try await Self.whole(request.body)
            received.withLock { $0 = (bytes, isHeld) }
            return StreamedResponse(status: .created, headerFields: [:], body: IncomingBody([]))
        }
        try await Self.serve(zendesk) { path, key in
            let sent = pieces.enumerated().map { [UInt8](repeating: UInt8($0.offset), count: $0.element) }
            let answer = try await Self.post(sent, to: path + "tickets.json", key: key)
            #expect(answer.version == .http2 && answer.status == .created)
            let got = try #require(received.withLock { $0 })
            #expect(got.bytes == sent.flatMap { $0 })
            #expect(got.isHeld == (got.bytes.count <= Self.held), "what is small can be sent again with a newer token")
        }
    }

    @Test func `a body that no header announces is refused above the limit, and Zendesk gets none of its end`()
        async throws
    {
        let zendesk = ScriptedStream { request, _ throws(TransportFailure) in
            _ = try await Self.whole(request.body)
            return StreamedResponse(status: .created, headerFields: [:], body: IncomingBody([]))
        }
        try await Self.serve(zendesk) { path, key in
            let piece = [UInt8](repeating: 0x61, count: 1024 * 1024)
            let answer = try await Self.post(Array(repeating: piece, count: 51), to: path + "uploads.json", key: key)
            #expect(answer.status == .payloadTooLarge)
        }
    }

    /// A connection, made over plain HTTP, and where its proxy is over TLS.
    private static func serve(
        _ zendesk: ScriptedStream, _ body: @Sendable @escaping (_ path: String, _ key: String) async throws -> Void
    ) async throws {
        let world = try await WebWorld(streaming: zendesk)
        try await world.serve { plain in
            let (id, key) = (try await plain.connection(), try await plain.key([.proxy]))
            try await world.serve(over: try server()) { site in
                try await body("https://localhost:\(site.port)/v1/connections/\(id)/proxy/api/v2/", key)
            }
        }
    }

    private static func whole(_ body: OutgoingBody) async throws(TransportFailure) -> ([UInt8], isHeld: Bool) {
        switch body {
        case .none: return ([], true)
        case .collected(let octets): return (octets, true)
        case .streamed(let pieces, _):
            do {
                var octets: [UInt8] = []
                for try await piece in pieces { octets += piece }
                return (octets, false)
            } catch {
                throw .closedEarly
            }
        }
    }

    private static func post(_ pieces: [[UInt8]], to url: String, key: String) async throws -> HTTPClientResponse {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.certificateVerification = .none
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
        configuration.httpVersion = .automatic
        return try await HTTPClient.withHTTPClient(
            eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: configuration
        ) { client in
            var request = HTTPClientRequest(url: url)
            request.method = .POST
            request.headers.add(name: "Authorization", value: "Bearer \(key)")
            let (stream, source) = AsyncStream<ByteBuffer>.makeStream()
            for piece in pieces { source.yield(ByteBuffer(bytes: piece)) }
            source.finish()
            request.body = .stream(stream, length: .unknown)
            return try await client.execute(request, timeout: .seconds(60))
        }
    }

    private static func server() throws -> HTTPServerBuilder {
        let pem = try certificate()
        return try .http2Upgrade(
            tlsConfiguration: .makeServerConfiguration(
                certificateChain: NIOSSLCertificate.fromPEMBytes(pem).map { .certificate($0) },
                privateKey: .privateKey(NIOSSLPrivateKey(bytes: pem, format: .pem))))
    }

    /// One for localhost with its key, made by the system's openssl.
    private static func certificate() throws -> [UInt8] {
        let file = FileManager.default.temporaryDirectory.appending(path: "latchkey-\(UUID().uuidString).pem")
        defer { try? FileManager.default.removeItem(at: file) }
        let (process, path) = (Process(), file.path(percentEncoded: false))
        process.executableURL = URL(filePath: "/usr/bin/openssl")
        process.arguments = [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
            "/CN=localhost", "-days", "2", "-keyout", path + ".key", "-out", path,
        ]
        process.standardError = FileHandle.nullDevice
        defer { try? FileManager.default.removeItem(atPath: path + ".key") }
        try process.run()
        process.waitUntilExit()
        return Array(try Data(contentsOf: file) + Data(contentsOf: URL(filePath: path + ".key")))
    }
}
