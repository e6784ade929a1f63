import Foundation
import GatewayCore
import HTTPTypes
import Testing

@testable import OutboundHTTP

@Suite struct `Requests` {
    @Test(arguments: [301, 302, 303, 307, 308], [true, false])
    func `OA-60 URL-36 a redirect is returned, not followed, and its body goes nowhere else`(status: Int, isFresh: Bool)
        async throws
    {
        let elsewhere = try await RawServer.start { try await $0.answerAll(RawServer.ok) }
        let target = "http://acme.zendesk.localhost:\(elsewhere.port)/"
        for location in [target, "/elsewhere", "//127.0.0.1:\(elsewhere.port)/"] {
            let answer = "HTTP/1.1 \(status) X\r\nLocation: \(location)\r\nContent-Length: 0\r\n\r\n"
            try await withServer({ try await $0.answerAll(answer) }) { server, transport in
                var request = try server.post("client_secret=s")
                request.limits.needsFreshConnection = isFresh
                let response = try await transport.send(request)
                #expect(response.status.code == status)
                #expect(response.headerFields[.location] == location)
                #expect(server.seen.requests.count == 1)
            }
        }
        #expect(elsewhere.seen.connections == 0)
        await elsewhere.stop()
    }

    @Test func `the host is the organization's, whatever a caller sets`() async throws {
        try await withServer({ try await $0.answerAll(RawServer.ok) }) { server, transport in
            var request = try server.post("a=b")
            for (name, value) in [
                ("Host", "evil.example"), ("Transfer-Encoding", "chunked"), ("Content-Length", "99"),
                ("Connection", "upgrade"), ("Upgrade", "h2c"), ("X-Kept", "yes"),
            ] {
                request.headerFields.append(HTTPField(name: try #require(HTTPField.Name(name)), value: value))
            }
            let response = try await transport.send(request)
            #expect(response.status == .ok)
            let seen = try #require(server.seen.requests.first).lowercased()
            #expect(hosts(in: seen) == ["host: acme.zendesk.localhost:\(server.port)"])
            // The port is the machine's choice and may hold a 99 of its own; the line it stands in was just compared whole.
            let rest = seen.replacing(":\(server.port)", with: "")
            for word in ["evil", "chunked", "99", "upgrade", "h2c"] { #expect(!rest.contains(word), "\(word)") }
            #expect(seen.contains("x-kept: yes") && seen.hasSuffix("a=b"))
        }
    }

    @Test(arguments: [".evil.example/", "@evil.example/", ":1/", "evil", "", "//evil.example/", "\\@evil.example/"])
    func `a path that does not begin with a slash leads to no other host`(path: String) async throws {
        try await withServer({ try await $0.answerAll(RawServer.ok) }) { server, transport in
            let response = try? await transport.send(server.get(path, limits: .within(2000)))
            // Refused, or sent to the organization and nobody else.
            guard response != nil else { return }
            let seen = try #require(server.seen.requests.first).lowercased()
            #expect(hosts(in: seen) == ["host: acme.zendesk.localhost:\(server.port)"])
        }
    }

    @Test func `neither a path nor a header value smuggles in another header`() async throws {
        try await withServer({ try await $0.answerAll(RawServer.ok) }) { server, transport in
            var request = try server.get("/x HTTP/1.1\r\nX-Evil: path\r\n\r\n")
            request.headerFields[.accept] = "a\r\nX-Evil: value"
            _ = try? await transport.send(request)
            #expect(!server.seen.requests.contains { $0.contains("\r\nX-Evil") })
        }
    }

    @Test func `no cookie is kept and no content coding asked for or undone`() async throws {
        // Looks like gzip; nobody may try.
        let coded: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 0x4B, 4, 0, 0x43, 0xBE, 0xB7]
        let head = """
            HTTP/1.1 200 OK\r\nSet-Cookie: sid=1; Path=/\r\nContent-Encoding: gzip\r\nContent-Length: \(coded.count)\r\n\r\n
            """
        try await withServer({ conversation in
            while try await conversation.request() != nil {
                try await conversation.say(head)
                try await conversation.say(octets: coded)
            }
        }) { server, transport in
            for _ in 0..<2 {
                let response = try await transport.send(server.get(limits: .pooled))
                #expect(response.body == coded)
                #expect(response.headerFields[.contentEncoding] == "gzip")
            }
            for request in server.seen.requests.map({ $0.lowercased() }) {
                #expect(!request.contains("cookie") && !request.contains("accept-encoding"))
            }
        }
    }

    @Test func `OA-71 a call that needs it has a connection of its own; others share one`() async throws {
        try await withServer({ try await $0.answerAll(RawServer.ok) }) { server, transport in
            for _ in 0..<3 { _ = try await transport.send(server.get(limits: .pooled)) }
            #expect(server.seen.connections == 1)
            for _ in 0..<2 { _ = try await transport.send(server.post("a=b")) }
            #expect(server.seen.connections == 3)
            _ = try await transport.send(server.get(limits: .pooled))
            #expect(server.seen.connections == 3)
        }
    }

    @Test func `OA-71 a second answer to one request is never matched to the next`() async throws {
        let second = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecond"
        try await withServer({ conversation in
            _ = try await conversation.request()
            try await conversation.say(RawServer.ok + second)
            try await conversation.waitForEnd()
        }) { server, transport in
            for _ in 0..<3 {
                let response = try? await transport.send(server.get(limits: .within(300, fresh: false)))
                #expect(response.map { String(decoding: $0.body, as: UTF8.self) } != "second")
            }
        }
    }

    @Test func `URL-38 two organizations at one address share no connection`() async throws {
        try await withServer({ try await $0.answerAll(RawServer.ok) }) { server, transport in
            for name in ["acme", "globex", "acme", "globex"] {
                let organization = try server.organization(name)
                _ = try await transport.send(OutboundRequest(.get, "/", at: organization, limits: .pooled))
            }
            #expect(server.seen.connections == 2)
        }
    }

    @Test func `an organization's call outlives its place in the pool`() async throws {
        let (gate, open) = AsyncStream<Void>.makeStream()
        let (arrived, arrive) = AsyncStream<Void>.makeStream()
        try await withServer({ conversation in
            while let request = try await conversation.request() {
                if request.contains("/slow") {
                    arrive.yield()
                    for await _ in gate { break }
                }
                try await conversation.say(RawServer.ok)
            }
        }) { server, transport in
            async let slow = transport.send(server.get("/slow", limits: .pooled))
            for await _ in arrived { break }
            for number in 0...OrganizationTransport.maximumPooledClients {
                let other = try server.organization("org-\(number)")
                _ = try await transport.send(OutboundRequest(.get, "/", at: other, limits: .pooled))
            }
            open.yield()
            #expect(try await slow.status == .ok)
        }
    }

    @Test func `OA-62 proxy variables in the environment are not obeyed`() async {
        await #expect(processExitsWith: .success) {
            let proxy = try await RawServer.start { try await $0.answerAll(RawServer.ok) }
            for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
                _ = unsafe setenv(name, "http://127.0.0.1:\(proxy.port)", 1)
            }
            try await withServer({ try await $0.answerAll(RawServer.ok) }) { server, transport in
                for limits in [OutboundLimits.quick, .pooled] {
                    _ = try await transport.send(server.get(limits: limits))
                }
                try #require(server.seen.requests.count == 2)
            }
            try #require(proxy.seen.connections == 0)
        }
    }

    private func hosts(in request: String) -> [String] {
        request.split(separator: "\r\n").filter { $0.hasPrefix("host:") }.map(String.init)
    }
}
