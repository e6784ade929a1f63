import Foundation
import Gateway
import GatewayCore
import HTTPTypes
import Storage
import StorageSQLite
import Synchronization
import TestSupport
import Testing
import ZendeskEmulator

@testable import GatewayWeb

extension Site {
    func proxied(
        _ method: String, _ id: String, _ path: String, key: String, _ fields: [(String, String)] = [],
        body: [UInt8]? = nil
    ) async throws -> WebAnswer {
        try await send(
            method, "/v1/connections/\(id)/proxy/\(path)", [("Authorization", "Bearer \(key)")] + fields, body: body)
    }
}

@Suite struct `The proxy` {
    @Test func `a call reaches the organization with the token, and its answer comes back as it is`() async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let id = try await site.connection()
            let key = try await site.key([.proxy])
            let answer = try await site.proxied("GET", id, "api/v2/users.json?page%5Bsize%5D=2", key: key)
            #expect(answer.status == 200 && answer["latchkey-error"] == nil)
            #expect((answer.json?["users"] as? [Any])?.count == 2)
            let links = try #require(answer.json?["links"] as? [String: Any])
            #expect(
                (links["next"] as? String)?.hasPrefix("http://acme.zendesk.localhost:9443/api/v2/users.json") == true)
            #expect(answer["x-rate-limit"] != nil && answer["ratelimit-remaining"] != nil)
            #expect(answer["cache-control"] == "no-store")
            let unknown = try await site.proxied("GET", id, "api/v2/users/1.json", key: key)
            #expect(unknown.status == 404 && unknown.json?["error"] as? String == "RecordNotFound")
            #expect(unknown["latchkey-error"] == nil)
        }
    }

    @Test(arguments: [
        "api/v2/../../oauth/tokens", "api/v2/%2e%2e/oauth", "api/v2/users%2f..", "api/v2//users", "oauth/tokens",
        "http://evil.example/api/v2/users", "@evil.example/api/v2/users", "api/v2/users%00", "api/v2/%252e%252e/x", "",
        "api/v2", "api/v2/users/", "%61pi/v2/users",
    ])
    func `OA-97 no path leads to another host or out of the API`(path: String) async throws {
        let zendesk = ScriptedStream(.ok)
        try await WebWorld(streaming: zendesk).serve { site in
            let id = try await site.connection()
            let answer = try await site.proxied("GET", id, path, key: try await site.key([.proxy]))
            #expect([400, 404].contains(answer.status) && answer["latchkey-error"] != nil, "\(answer.status)")
            #expect(zendesk.requests.isEmpty)
        }
    }

    @Test
    func `OA-96 OA-97 the token goes to the record's host in one header, and the caller's own credentials nowhere`()
        async throws
    {
        let zendesk = ScriptedStream(.ok)
        let world = try await WebWorld(streaming: zendesk)
        try await world.serve { site in
            let id = try await site.connection()
            let key = try await site.key([.proxy])
            let answer = try await site.proxied(
                "POST", id, "api/v2/users.json?a=b", key: key,
                [
                    ("Host", "evil.example"), ("Cookie", "lks=1"), ("Proxy-Authorization", "Basic x"),
                    ("X-Forwarded-Host", "evil.example"), ("Forwarded", "host=evil.example"), ("TE", "trailers"),
                    ("X-HTTP-Method-Override", "DELETE"), ("X-On-Behalf-Of", "admin"),
                    ("Origin", "https://evil.example"),
                    ("Content-Type", "application/json"), ("If-None-Match", "\"e\""), ("Idempotency-Key", "k1"),
                    ("Accept", "application/json"),
                ], body: Array(#"{"user":{}}"#.utf8))
            #expect(answer.status == 200)
            let sent = try #require(zendesk.requests.first)
            #expect(sent.organization.authority == "acme.zendesk.localhost:9443")
            #expect(sent.path == "/api/v2/users.json?a=b" && sent.method == .post)
            let token = try #require(world.zendesk.liveTokens("acme").first).accessToken
            #expect(sent.headerFields[values: .authorization] == ["Bearer \(token)"])
            #expect(
                Set(sent.headerFields.map(\.name.canonicalName)).isSubset(of: [
                    "authorization", "content-type", "if-none-match", "idempotency-key", "accept", "accept-encoding",
                    "user-agent",
                ]))
            guard case .collected(let body) = sent.body else { return #expect(Bool(false), "no body was sent") }
            #expect(body == Array(#"{"user":{}}"#.utf8))
            #expect(!"\(sent)".contains(token) && !world.log.text.contains(token))
        }
    }

    @Test func `of Zendesk's fields only the known ones come back: no cookies, nothing of one hop, no other host`()
        async throws
    {
        let fields: [(String, String)] = [
            ("Set-Cookie", "_zendesk_session=1"), ("Connection", "close"), ("Keep-Alive", "1"),
            ("Server", "cloudflare"),
            ("Authorization", "Bearer x"), ("Strict-Transport-Security", "max-age=1"), ("Latchkey-Error", "forged"),
            ("Access-Control-Allow-Origin", "*"), ("Content-Security-Policy", "default-src *"), ("Refresh", "0"),
            ("Retry-After", "7"), ("X-Rate-Limit", "700"), ("ratelimit-reset", "3"), ("ETag", "\"v1\""),
            ("Link", "<https://x>; rel=next"), ("X-Zendesk-Request-Id", "r1"), ("Content-Type", "text/html"),
            ("Location", "https://evil.example/"),
        ]
        var head = HTTPFields()
        for (name, value) in fields { head.append(HTTPField(name: try #require(HTTPField.Name(name)), value: value)) }
        let zendesk = ScriptedStream(.found, head, body: "<script>alert(1)</script>")
        try await WebWorld(streaming: zendesk).serve { site in
            let id = try await site.connection()
            let answer = try await site.proxied("GET", id, "api/v2/x", key: try await site.key([.proxy]))
            #expect(answer.status == 302 && answer.text == "<script>alert(1)</script>")
            for name in [
                "set-cookie", "keep-alive", "authorization", "latchkey-error", "access-control-allow-origin",
                "refresh", "location", "strict-transport-security",
            ] { #expect(answer[name] == nil, "\(name)") }
            for (name, value) in [
                ("retry-after", "7"), ("x-rate-limit", "700"), ("ratelimit-reset", "3"),
                ("etag", "\"v1\""), ("x-zendesk-request-id", "r1"), ("content-type", "text/html"),
            ] { #expect(answer[name] == value, "\(name)") }
            #expect(answer["link"] != nil && answer["x-content-type-options"] == "nosniff")
            #expect(answer["content-security-policy"]?.contains("default-src 'none'") == true)
        }
    }

    @Test(arguments: [
        ("http://acme.zendesk.localhost:9443/api/v2/x", true), ("/api/v2/x", true), ("//evil.example/x", false),
        ("http://acme.zendesk.localhost:9443.evil.example/", false),
        ("http://acme.zendesk.localhost:9443@evil/", false),
        ("/\\evil.example", false), ("https://acme.zendesk.localhost:9443/x", false), ("javascript:alert(1)", false),
    ])
    func `a redirect is not followed, and leads to the organization or nowhere`(to: String, isKept: Bool) async throws {
        let zendesk = ScriptedStream(.temporaryRedirect, [.location: to])
        try await WebWorld(streaming: zendesk).serve { site in
            let id = try await site.connection()
            let answer = try await site.proxied("GET", id, "api/v2/x", key: try await site.key([.proxy]))
            #expect(answer.status == 307 && answer["location"] == (isKept ? to : nil))
            #expect(zendesk.requests.count == 1)
        }
    }

    @Test func `a connection of level read asked to act is 403 whatever path and body, and the log says so`()
        async throws
    {
        let zendesk = ScriptedStream(.ok)
        let world = try await WebWorld(streaming: zendesk)
        try await world.serve { site in
            let id = try await site.connection(level: "read")
            let key = try await site.key([.proxy])
            for method in ["POST", "PUT", "PATCH", "DELETE"] {
                for body in ["{}", "not json", String(repeating: "x", count: 100_000)] {
                    let answer = try await site.proxied(
                        method, id, "api/v2/users/1.json", key: key, body: Array(body.utf8))
                    #expect(answer.status == 403 && answer.json?["code"] as? String == "permission_level.insufficient")
                }
            }
            #expect(try await site.proxied("PUT", id, "api/v2/../x", key: key).status == 403)
            #expect(try await site.proxied("GET", id, "api/v2/users.json", key: key).status == 200)
            #expect(try await site.proxied("HEAD", id, "api/v2/users.json", key: key).status == 200)
            #expect(zendesk.requests.map(\.method) == [.get, .head])
            let refused = try await world.store.auditEntries(after: 0, limit: 1000).map(\.event)
                .filter { $0.action == .callProxied && $0.outcome == .refused(code: "permission_level.insufficient") }
            #expect(refused.count == 13)
        }
    }

    @Test(arguments: [
        "api/v2/oauth/tokens.json", "api/v2/oauth/tokens/current", "api/v2/%6fauth/tokens", "api/v2/OAuth/clients.json",
    ])
    func `grants are not made or deleted behind the gateway's back`(path: String) async throws {
        let zendesk = ScriptedStream(.ok)
        try await WebWorld(streaming: zendesk).serve { site in
            let id = try await site.connection()
            let key = try await site.key([.proxy])
            for method in ["POST", "DELETE", "PUT"] {
                let answer = try await site.proxied(method, id, path, key: key)
                #expect(answer.status == 403 && answer.json?["code"] as? String == "proxy.grants_protected")
            }
            #expect(zendesk.requests.isEmpty)
            #expect(try await site.proxied("GET", id, path, key: key).status == 200)
        }
    }

    @Test func `AUD-01 AUD-02 a call is in the log before it leaves, without query and without what may be personal`()
        async throws
    {
        let world = Mutex<WebWorld?>(nil)
        let zendesk = ScriptedStream { _, _ throws(TransportFailure) in
            guard let store = world.withLock({ $0?.store }),
                let entries = try? await store.auditEntries(after: 0, limit: 1000),
                entries.last?.event.action == .callProxied
            else { throw .nameServerFailed }
            throw .timedOut
        }
        let made = try await WebWorld(streaming: zendesk)
        world.withLock { $0 = made }
        try await made.serve { site in
            let id = try await site.connection()
            let key = try await site.key([.proxy])
            let lost = try await site.proxied("PUT", id, "api/v2/users/ada@acme.example/7.json?secret=1", key: key)
            #expect(lost.status == 504 && lost.json?["code"] as? String == "organization.answer_lost")
            let entry = try #require(try await made.store.auditEntries(after: 0, limit: 1000).last?.event)
            #expect(entry.subject == "PUT api/v2/users/*/7.json" && entry.connection?.text == id)
            #expect(entry.generation == 1 && entry.actor.kind == .apiKey && entry.tenant?.text == "customer")
        }
    }

    @Test(arguments: [
        (TransportFailure.connectionRefused, 502, "organization.unreachable"),
        (.addressRefused, 502, "organization.unreachable"),
        (.timedOut, 504, "organization.answer_lost"), (.closedEarly, 502, "organization.answer_lost"),
    ])
    func `what went wrong on the way is told apart from what Zendesk says`(
        failure: TransportFailure, status: Int, code: String
    ) async throws {
        let zendesk = ScriptedStream { _, _ throws(TransportFailure) in throw failure }
        try await WebWorld(streaming: zendesk).serve { site in
            let id = try await site.connection()
            let answer = try await site.proxied("GET", id, "api/v2/x", key: try await site.key([.proxy]))
            #expect(answer.status == status && answer["latchkey-error"] == code)
            #expect(answer["content-type"] == "application/problem+json")
        }
    }

    @Test(arguments: [
        (401, #"{"error":"Couldn't authenticate you"}"#), (403, #"{"error":{"title":"Forbidden"}}"#),
        (429, "slow down"),
        (500, ""), (401, "not json"), (401, #"{"error":"invalid_scope"}"#),
    ])
    func `RT-27 any other refusal passes through once, as it is`(status: Int, body: String) async throws {
        let zendesk = ScriptedStream(.init(code: status), body: body)
        try await WebWorld(streaming: zendesk).serve { site in
            let id = try await site.connection()
            let answer = try await site.proxied("GET", id, "api/v2/x", key: try await site.key([.proxy]))
            #expect(answer.status == status && answer.text == body && answer["latchkey-error"] == nil)
            #expect(zendesk.requests.count == 1)
        }
    }

    @Test
    func `RT-28 a 401 about a token that was replaced meanwhile is repeated with the current one, without a refresh`()
        async throws
    {
        let replaced = Mutex<(@Sendable () async throws -> Void)?>(nil)
        let zendesk = ScriptedStream { request, number throws(TransportFailure) in
            guard number == 1 else {
                return StreamedResponse(status: .ok, headerFields: [:], body: IncomingBody(Array("fine".utf8)))
            }
            do {
                try await replaced.withLock { $0 }?()
            } catch {
                throw .malformedResponse
            }
            return .refused()
        }
        let world = try await WebWorld(streaming: zendesk)
        try await world.serve { site in
            let id = try await site.connection()
            replaced.withLock {
                $0 = {
                    _ = try await site.signedIn(tenant: "customer")
                        .connected(to: "acme", level: "read_and_act", at: "/connect?connection=\(id)")
                }
            }
            world.zendesk.clearLog()
            let answer = try await site.proxied(
                "POST", id, "api/v2/users.json", key: try await site.key([.proxy]), body: Array("{}".utf8))
            #expect(answer.status == 200 && answer.text == "fine")
            let tokens = zendesk.requests.compactMap { $0.headerFields[.authorization] }
            #expect(tokens.count == 2 && Set(tokens).count == 2)
            #expect(!world.zendesk.log.contains { $0.grantType == "refresh_token" })
        }
    }

    @Test func `RT-27 a 401 about the present token is one renewal and one repetition, and no loop after that`()
        async throws
    {
        let zendesk = ScriptedStream { _, _ throws(TransportFailure) in .refused() }
        let world = try await WebWorld(streaming: zendesk)
        try await world.serve { site in
            let id = try await site.connection()
            let key = try await site.key([.proxy])
            world.clock.advance(by: 600)
            let answer = try await site.proxied("GET", id, "api/v2/users.json", key: key)
            #expect(answer.status == 401 && answer["latchkey-error"] == nil)
            #expect(Set(zendesk.requests.compactMap { $0.headerFields[.authorization] }).count == 2)
            #expect(zendesk.requests.count == 2 && world.zendesk.counters.rotations == 1)
            for _ in 0..<5 { _ = try await site.proxied("GET", id, "api/v2/users.json", key: key) }
            #expect(zendesk.requests.count == 7 && world.zendesk.counters.rotations == 1)
        }
    }

    /// What Zendesk says stands in a body that HEAD does not get, or that nobody here unpacks.
    private static let silent: [(method: String, fields: HTTPFields)] = [
        ("HEAD", [:]), ("GET", [.contentEncoding: "gzip"]), ("GET", [.contentEncoding: "br"]),
    ]

    private static func silentRefusal(_ fields: HTTPFields) -> StreamedResponse {
        StreamedResponse(
            status: .unauthorized, headerFields: fields,
            body: IncomingBody(fields.isEmpty ? [] : [0x1F, 0x8B, 0x08, 0x00]))
    }

    @Test(arguments: silent)
    func `RT-27 a refusal that does not say why is asked about, and a dead token is renewed once`(
        method: String, fields: HTTPFields
    ) async throws {
        let zendesk = ScriptedStream { _, number throws(TransportFailure) in
            guard number == 1 else {
                return StreamedResponse(status: .ok, headerFields: [:], body: IncomingBody([]))
            }
            return Self.silentRefusal(fields)
        }
        let world = try await WebWorld(streaming: zendesk)
        try await world.serve { site in
            let id = try await site.connection()
            world.clock.advance(by: 600)
            world.zendesk.queue(
                Fault(
                    .status, path: "/api/v2/oauth/tokens/current*", status: 401, body: #"{"error":"invalid_token"}"#,
                    headers: [.contentType: "application/json"], times: 1))
            let answer = try await site.proxied(method, id, "api/v2/users.json", key: try await site.key([.proxy]))
            #expect(answer.status == 200 && world.zendesk.counters.rotations == 1)
            #expect(Set(zendesk.requests.compactMap { $0.headerFields[.authorization] }).count == 2)
        }
    }

    @Test(arguments: silent)
    func `RT-27 a refusal that does not say why passes through when the token lives`(
        method: String, fields: HTTPFields
    ) async throws {
        let zendesk = ScriptedStream { _, _ throws(TransportFailure) in Self.silentRefusal(fields) }
        let world = try await WebWorld(streaming: zendesk)
        try await world.serve { site in
            let id = try await site.connection()
            world.clock.advance(by: 600)
            let answer = try await site.proxied(method, id, "api/v2/users.json", key: try await site.key([.proxy]))
            #expect(answer.status == 401 && answer["latchkey-error"] == nil)
            #expect(answer["content-encoding"] == fields[.contentEncoding])
            #expect(zendesk.requests.count == 1 && world.zendesk.counters.rotations == 0)
        }
    }

    @Test(arguments: silent)
    func `RT-28 a refusal that does not say why is repeated when the token was replaced meanwhile, without a question`(
        method: String, fields: HTTPFields
    ) async throws {
        let replaced = Mutex<(@Sendable () async throws -> Void)?>(nil)
        let zendesk = ScriptedStream { _, number throws(TransportFailure) in
            guard number == 1 else {
                return StreamedResponse(status: .ok, headerFields: [:], body: IncomingBody([]))
            }
            do {
                try await replaced.withLock { $0 }?()
            } catch {
                throw .malformedResponse
            }
            return Self.silentRefusal(fields)
        }
        let world = try await WebWorld(streaming: zendesk)
        try await world.serve { site in
            let id = try await site.connection()
            let key = try await site.key([.proxy])
            replaced.withLock {
                $0 = {
                    _ = try await site.signedIn(tenant: "customer")
                        .connected(to: "acme", level: "read_and_act", at: "/connect?connection=\(id)")
                    world.zendesk.clearLog()
                }
            }
            let answer = try await site.proxied(method, id, "api/v2/users.json", key: key)
            #expect(answer.status == 200 && zendesk.requests.count == 2)
            #expect(world.zendesk.log.isEmpty, "nobody was asked anything")
        }
    }

    @Test func `RT-27 a long body is not sent twice, but its refusal still brings a new token`() async throws {
        let zendesk = ScriptedStream { request, number throws(TransportFailure) in
            guard number == 1 else {
                return StreamedResponse(status: .ok, headerFields: [:], body: IncomingBody([]))
            }
            guard case .streamed(let pieces, _) = request.body else { throw .malformedResponse }
            do { for try await _ in pieces {} } catch { throw .closedEarly }
            return .refused()
        }
        let world = try await WebWorld(streaming: zendesk)
        try await world.serve { site in
            let id = try await site.connection()
            let key = try await site.key([.proxy])
            world.clock.advance(by: 600)
            let long = [UInt8](repeating: 0x61, count: 300_000)
            let refused = try await site.proxied("POST", id, "api/v2/uploads.json", key: key, body: long)
            #expect(refused.status == 401 && zendesk.requests.count == 1 && world.zendesk.counters.rotations == 1)
            #expect(try await site.proxied("POST", id, "api/v2/uploads.json", key: key).status == 200)
            #expect(Set(zendesk.requests.compactMap { $0.headerFields[.authorization] }).count == 2)
        }
    }

    @Test(arguments: [
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nSMUG",
        "Transfer-Encoding: chunked\r\nContent-Length: 30\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\n\r\n",
        "Content-Length: 3\r\nContent-Length: 5\r\n\r\nabcde", "Content-Length: -1\r\n\r\n",
        "Content-Length: +3\r\n\r\nabc", "Content-Length: 3, 3\r\n\r\nabc", "Content-Length: 0x3\r\n\r\nabc",
        "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", "Content-Length: 3\r\n X: folded\r\n\r\nabc",
        "Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n",
    ])
    func `WEB-35 a body whose end two readers could see at two places never reaches Zendesk as a second request`(
        smuggled: String
    ) async throws {
        let zendesk = ScriptedStream { request, _ throws(TransportFailure) in
            if case .streamed(let pieces, _) = request.body {
                do { for try await _ in pieces {} } catch { throw .closedEarly }
            }
            return StreamedResponse(status: .ok, headerFields: [:], body: IncomingBody(Array("zendesk".utf8)))
        }
        try await WebWorld(streaming: zendesk).serve { site in
            let id = try await site.connection()
            let key = try await site.key([.proxy])
            let head =
                "POST /v1/connections/\(id)/proxy/api/v2/x.json HTTP/1.1\r\nHost: localhost\r\n"
                + "Authorization: Bearer \(key)\r\nConnection: close\r\n"
            let answer = try await SlowReader.answer(to: head + smuggled, port: site.port)
            #expect(!answer.contains("zendesk") && answer.components(separatedBy: "HTTP/1.1").count <= 2, "\(answer)")
            #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 4"), "\(answer)")
            // The same words, well formed, do arrive.
            let chunked = "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
            let sound = try await SlowReader.answer(to: head + chunked, port: site.port)
            #expect(sound.contains("zendesk"))
        }
    }

    @Test func `long answers pass through piece by piece, no faster than they are read`() async throws {
        let pieces = CountedPieces(count: 512, size: 64 * 1024)
        let zendesk = ScriptedStream { _, _ throws(TransportFailure) in
            StreamedResponse(
                status: .ok, headerFields: [.contentType: "application/json"],
                body: IncomingBody(pieces, holding: 0))
        }
        try await WebWorld(streaming: zendesk).serve { site in
            let id = try await site.connection()
            let key = try await site.key([.proxy])
            let slow = try SlowReader(port: site.port)
            try slow.ask("/v1/connections/\(id)/proxy/api/v2/x", key: key)
            #expect(try await slow.read(1000).contains("200 OK"))
            try await Task.sleep(for: .milliseconds(300))
            // 32 MiB are on offer; sockets and buffers hold a few.
            #expect(
                pieces.counter.value < 256, "\(pieces.counter.value) pieces were fetched for a reader of 1000 octets")
            slow.close()
        }
    }

    @Test func `a body that is too large is refused, announced or not, and a long one passes`() async throws {
        let received = Atomic(0)
        let zendesk = ScriptedStream { request, _ throws(TransportFailure) in
            guard case .streamed(let pieces, _) = request.body else { throw .malformedResponse }
            do {
                for try await piece in pieces { received.wrappingAdd(piece.count, ordering: .relaxed) }
            } catch { throw .closedEarly }
            return StreamedResponse(status: .created, headerFields: [:], body: IncomingBody([]))
        }
        try await WebWorld(streaming: zendesk).serve { site in
            let id = try await site.connection()
            let key = try await site.key([.proxy])
            let long = [UInt8](repeating: 0x61, count: 3_000_000)
            #expect(try await site.proxied("POST", id, "api/v2/uploads.json", key: key, body: long).status == 201)
            #expect(received.load(ordering: .relaxed) == long.count)
            let announced = try SlowReader(port: site.port)
            try announced.ask(
                "/v1/connections/\(id)/proxy/api/v2/uploads.json", key: key, method: "POST",
                "Content-Length: 52428801\r\n")
            #expect(try await announced.read(1000).contains("413 "))
            announced.close()
            let packed = try await site.proxied(
                "POST", id, "api/v2/x", key: key, [("Content-Encoding", "gzip")], body: [1, 2, 3])
            #expect(packed.status == 415)
        }
    }

    @Test func `one connection has so many calls at once and no more, and its places are free again afterwards`()
        async throws
    {
        let (gate, open) = AsyncStream<Void>.makeStream()
        let zendesk = ScriptedStream { _, number throws(TransportFailure) in
            if number <= 4 { for await _ in gate { break } }
            return StreamedResponse(status: .ok, headerFields: [:], body: IncomingBody([]))
        }
        try await WebWorld(streaming: zendesk).serve { site in
            let id = try await site.connection()
            let other = try await site.connection(tenant: "other", to: "agentville")
            let key = try await site.key([.proxy])
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<4 { group.addTask { try await site.proxied("GET", id, "api/v2/x", key: key).status } }
                while zendesk.requests.count < 4 { await Task.yield() }
                let refused = try await site.proxied("GET", id, "api/v2/x", key: key)
                #expect(refused.status == 429 && refused["retry-after"] == "1")
                #expect(refused["latchkey-error"] == "proxy.too_many_calls")
                #expect(try await site.proxied("GET", other, "api/v2/x", key: key).status == 200)
                for _ in 0..<4 { open.yield() }
                open.finish()
                for try await status in group { #expect(status == 200) }
            }
            for _ in 0..<10 { #expect(try await site.proxied("GET", id, "api/v2/x", key: key).status == 200) }
        }
    }

    @Test func `methods that no proxy should pass on are refused`() async throws {
        let zendesk = ScriptedStream(.ok)
        try await WebWorld(streaming: zendesk).serve { site in
            let id = try await site.connection()
            let key = try await site.key([.proxy])
            for method in ["OPTIONS", "TRACE", "PROPFIND"] {
                #expect(try await site.proxied(method, id, "api/v2/x", key: key).status == 405, "\(method)")
            }
            #expect(zendesk.requests.isEmpty)
        }
    }
}
