import GatewayCore
import HTTPTypes
import Testing

@testable import OutboundHTTP

@Suite("The way out for events") struct WebhookSenderTests {
    private static let body = Array(#"{"type":"connection.connected"}"#.utf8)

    private static func address(_ octets: [UInt8]) -> ResolvedAddress {
        ResolvedAddress(octets: octets, text: octets.map { "\($0)" }.joined(separator: "."))
    }

    private static func post(_ url: String, _ sender: WebhookSender) async throws -> TransportFailure? {
        let url = try #require(WebhookURL(url))
        return await failure { () throws(TransportFailure) in
            try await sender.post(body, headerFields: [.contentType: "application/json"], to: url)
        }
    }

    @Test(arguments: [
        [10, 0, 0, 1], [127, 0, 0, 1], [169, 254, 169, 254], [172, 16, 0, 1], [192, 168, 1, 1], [100, 64, 0, 1],
        [0, 0, 0, 0], [224, 0, 0, 1],
    ])
    func `a name that leads into a private network is refused, also when it leads elsewhere too`(
        octets: [UInt8]
    ) async throws {
        for addresses in [[Self.address(octets)], [Self.address([93, 184, 216, 34]), Self.address(octets)]] {
            let sender = WebhookSender(resolver: FixedResolver(.success(addresses)))
            #expect(try await Self.post("https://hooks.example/a", sender) == .addressRefused)
        }
    }

    @Test(arguments: ["https://169.254.169.254/latest", "https://10.0.0.1/", "https://2130706433/", "https://127.1/"])
    func `an address in place of a name is no way around that`(url: String) async throws {
        let failure = try await Self.post(url, WebhookSender())
        #expect(failure == .addressRefused)
    }

    @Test func `a name without addresses, and none at all, are failures and no calls`() async throws {
        #expect(
            try await Self.post("https://hooks.example/", WebhookSender(resolver: FixedResolver(.success([]))))
                == .addressRefused)
        let failing = WebhookSender(resolver: FixedResolver(.failure(.nameNotFound)))
        #expect(try await Self.post("https://hooks.example/", failing) == .nameNotFound)
    }

    @Test func `the event is posted as it is, once, and of the answer its status and Retry-After are kept`()
        async throws
    {
        let server = try await RawServer.start { conversation in
            try await conversation.answerAll(
                "HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nSet-Cookie: a=b\r\nContent-Length: 2\r\n\r\nno")
        }
        let url = try #require(WebhookURL("http://localhost:\(server.port)/hooks?a=b"))
        let id = try #require(HTTPField.Name("webhook-id"))
        let answer = try await WebhookSender().post(
            Self.body, headerFields: [.contentType: "application/json", id: "evt_7"], to: url)
        #expect(
            answer.status == .serviceUnavailable && answer.headerFields == [.retryAfter: "7"] && answer.body.isEmpty)
        let request = try #require(server.seen.requests.first)
        #expect(server.seen.requests.count == 1 && request.hasPrefix("POST /hooks?a=b HTTP/1.1"))
        #expect(request.contains("webhook-id: evt_7"))
        await server.stop()
    }

    @Test(arguments: [301, 302, 303, 307, 308]) func `a redirect is an answer and leads nowhere`(status: Int)
        async throws
    {
        let other = try await RawServer.start { try await $0.answerAll(RawServer.ok) }
        let answer =
            "HTTP/1.1 \(status) Gone\r\nLocation: http://localhost:\(other.port)/\r\nContent-Length: 0\r\n\r\n"
        let server = try await RawServer.start { try await $0.answerAll(answer) }
        let url = try #require(WebhookURL("http://localhost:\(server.port)/"))
        let seen = try await WebhookSender().post(Self.body, headerFields: [:], to: url)
        #expect(seen.status.code == status && other.seen.connections == 0)
        await server.stop()
        await other.stop()
    }

    @Test func `a receiver that says too much, or nothing, is let go`() async throws {
        let talker = try await RawServer.start { conversation in
            _ = try await conversation.request()
            try await conversation.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            while true { try await conversation.say("64\r\n" + String(repeating: "x", count: 100) + "\r\n") }
        }
        #expect(try await Self.post("http://localhost:\(talker.port)/", WebhookSender()) == .responseTooLarge)
        await talker.stop()
        let silent = try await RawServer.start { try await $0.waitForEnd() }
        let hasty = WebhookSender(deadline: .milliseconds(200))
        #expect(try await Self.post("http://localhost:\(silent.port)/", hasty) == .timedOut)
        await silent.stop()
    }
}
