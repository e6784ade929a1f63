import Foundation
import Gateway
import GatewayCore
import NIOCore
import Storage
import StorageSQLite
import TestSupport
import Testing
import ZendeskEmulator

@testable import GatewayWeb

extension Site {
    /// The id of a fresh connection.
    func connection(tenant: String = "customer", to organization: String = "acme", level: String = "read_and_act")
        async throws -> String
    {
        let back = try await signedIn(tenant: tenant).connected(to: organization, level: level)["location"]
        return String(try #require(back).suffix(30))
    }

    func accessToken(_ id: String, key: String?, body: String? = nil) async throws -> WebAnswer {
        try await call("POST", "/v1/connections/\(id)/access-token", key: key, body: body)
    }
}

@Suite struct `Access tokens over the API` {
    @Test func `the answer has exactly the members of the interface, and a token that Zendesk accepts`() async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let id = try await site.connection()
            let answer = try await site.accessToken(id, key: try await site.key([.credentialsRead]))
            #expect(answer.status == 200 && answer["content-type"] == "application/json")
            let body = try #require(answer.json)
            #expect(
                Set(body.keys) == [
                    "access_token", "token_type", "expires_at", "generation", "lease_id", "lease_expires_at",
                    "organization_url", "granted_scopes",
                ])
            #expect(body["token_type"] as? String == "bearer" && body["generation"] as? Int == 1)
            #expect(body["granted_scopes"] as? [String] == ["read", "write"])
            #expect(body["organization_url"] as? String == "http://acme.zendesk.localhost:9443")
            let live = try #require(world.zendesk.liveTokens("acme").first)
            #expect(body["access_token"] as? String == live.accessToken)
            #expect(body["expires_at"] as? String == live.expiresAt?.formatted(.iso8601))
        }
    }

    @Test func `OA-101 OA-102 no refresh token, no client secret, no-store and no validators`() async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let answer = try await site.accessToken(
                try await site.connection(), key: try await site.key([.credentialsRead]))
            let refresh = try #require(world.zendesk.liveTokens("acme").first?.refreshToken)
            #expect(!answer.text.contains(refresh) && !answer.text.contains(WebWorld.clientSecret))
            #expect(answer.all("cache-control") == ["no-store"])
            for name in ["etag", "last-modified", "expires", "age"] { #expect(answer[name] == nil, "\(name)") }
            let token = try #require(answer.json?["access_token"] as? String)
            #expect(!world.log.text.contains(token))
        }
    }

    @Test func `AUD-01 each hand-off has one entry, in order, with the key that asked`() async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let id = try await site.connection()
            let key = try await site.key([.credentialsRead])
            var leases: [String] = []
            for _ in 0..<5 {
                leases.append(try #require(try await site.accessToken(id, key: key).json?["lease_id"] as? String))
            }
            let entries = try await world.store.auditEntries(after: 0, limit: 1000).map(\.event)
                .filter { $0.action == .accessTokenHandedOut }
            #expect(entries.map(\.subject) == leases)
            #expect(entries.allSatisfy { $0.actor.kind == .apiKey && $0.actor.id?.hasPrefix("key_") == true })
        }
    }

    @Test func `members that are unknown, of a wrong type or impossible are refused and named`() async throws {
        try await WebWorld().serve { site in
            let id = try await site.connection()
            let key = try await site.key([.credentialsRead])
            for (body, status, code) in [
                (#"{"min_tll":5}"#, 422, "request.unknown_member"),
                (#"{"refresh_token":true}"#, 422, "request.unknown_member"),
                (#"{"min_ttl":"5"}"#, 400, "request.wrong_type"), (#"{"min_ttl":1.5}"#, 400, "request.wrong_type"),
                (#"{"allow_failing_preflight":1}"#, 400, "request.wrong_type"),
                (#"{"min_ttl":-1}"#, 422, "min_ttl.invalid"),
                (#"{"min_ttl":172800}"#, 422, "min_ttl.too_long"), ("[]", 400, "request.invalid_json"),
                (#"{"min_ttl":1,"min_ttl":2}"#, 400, "request.invalid_json"),
            ] {
                let answer = try await site.accessToken(id, key: key, body: body)
                #expect(answer.status == status && answer.json?["code"] as? String == code, "\(body)")
                #expect(answer["latchkey-error"] == code)
            }
            let long = try await site.accessToken(id, key: key, body: #"{"min_ttl":9999999}"#)
            let limit = try #require(long.json?["limit"] as? Int)
            #expect(
                long.json?["detail"] as? String
                    == "No token of this connection can live that long; \(limit) seconds is the longest possible.")
            #expect(try await site.accessToken(id, key: key, body: #"{"min_ttl":\#(limit)}"#).status == 200)
            for body in ["{}", #"{"min_ttl":null}"#, #"{"min_ttl":600,"allow_failing_preflight":false}"#] {
                #expect(try await site.accessToken(id, key: key, body: body).status == 200, "\(body)")
            }
            let typed = try await site.call(
                "POST", "/v1/connections/\(id)/access-token", key: key, body: "{}", type: "text/plain")
            #expect(typed.status == 415)
        }
    }

    @Test func `409 preflight.failing until the caller says it knows`() async throws {
        try await WebWorld().serve { site in
            let id = try await site.connection(to: "fenced")
            let key = try await site.key([.credentialsRead])
            let refused = try await site.accessToken(id, key: key)
            #expect(refused.status == 409 && refused.json?["code"] as? String == "preflight.failing")
            let known = try await site.accessToken(id, key: key, body: #"{"allow_failing_preflight":true}"#)
            #expect(known.status == 200)
        }
    }

    @Test func `a disconnected connection hands out nothing`() async throws {
        try await WebWorld().serve { site in
            let id = try await site.connection()
            let key = try await site.key([.credentialsRead, .connectionsWrite])
            #expect(try await site.call("DELETE", "/v1/connections/\(id)", key: key).status == 200)
            let answer = try await site.accessToken(id, key: key)
            #expect(answer.status == 409 && answer.json?["code"] as? String == "connection.disconnected")
            let waited = try await site.call("GET", "/v1/connections/\(id)/generation?after=1&wait=30", key: key)
            #expect(waited.status == 200 && waited.json?["status"] as? String == "disconnected")
        }
    }

    private static let calls: [(method: String, path: String, body: String?, scope: APIScope)] = [
        ("POST", "/access-token", "{}", .credentialsRead), ("GET", "/generation", nil, .credentialsRead),
        ("POST", "/refresh", nil, .connectionsWrite), ("GET", "/proxy/api/v2/users.json", nil, .proxy),
        ("PUT", "/proxy/api/v2/users/1.json", "{}", .proxy),
    ]

    @Test func `OA-101 without a key, with a strange one, or without the scope nothing is done`() async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let id = try await site.connection()
            world.zendesk.clearLog()
            for call in Self.calls {
                let path = "/v1/connections/\(id)\(call.path)"
                let narrow = try await site.key(Set(APIScope.allCases).subtracting([call.scope]))
                for bad in [nil, "x", "lk_" + String(repeating: "A", count: 43)] {
                    let answer = try await site.call(call.method, path, key: bad, body: call.body)
                    #expect(answer.status == 401 && answer["www-authenticate"] == "Bearer", "\(call.method) \(path)")
                }
                let answer = try await site.call(call.method, path, key: narrow, body: call.body)
                #expect(answer.status == 403 && answer.json?["code"] as? String == "api_key.scope_missing", "\(path)")
            }
            let narrow = try await site.key(Set(APIScope.allCases).subtracting([.credentialsRead]))
            #expect(
                try await site.call("DELETE", "/v1/leases/ls_\(String(repeating: "a", count: 26))", key: narrow).status
                    == 403)
            #expect(world.zendesk.log.isEmpty)
            let entries = try await world.store.auditEntries(after: 0, limit: 1000).map(\.event.action)
            #expect(!entries.contains(.accessTokenHandedOut) && !entries.contains(.callProxied))
        }
    }

    @Test func `OA-101 WEB-40 another tenant's connection is as unknown as one that never was`() async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let id = try await site.connection(tenant: "tenant-a")
            let key = try await site.key(tenant: "tenant-b")
            world.zendesk.clearLog()
            for call in Self.calls {
                var told: Set<String> = []
                for other in [id, "con_aaaaaaaaaaaaaaaaaaaaaaaaaa", "nonsense", "con_"] {
                    let answer = try await site.call(
                        call.method, "/v1/connections/\(other)\(call.path)", key: key, body: call.body)
                    #expect(answer.status == 404, "\(call.method) \(call.path) \(other)")
                    told.insert("\(answer.json?["code"] ?? "") \(answer.json?["detail"] ?? "")")
                }
                #expect(told.count == 1)
            }
            #expect(world.zendesk.log.isEmpty)
        }
    }

    @Test func `a lease is given back by its holder; for everybody else it is not there`() async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let id = try await site.connection()
            let key = try await site.key([.credentialsRead])
            let lease = try #require(try await site.accessToken(id, key: key).json?["lease_id"] as? String)
            let stranger = try await site.key([.credentialsRead])
            for (path, key) in [(lease, stranger), ("ls_aaaaaaaaaaaaaaaaaaaaaaaaaa", key), ("x", key)] {
                let answer = try await site.call("DELETE", "/v1/leases/\(path)", key: key)
                #expect(answer.status == 404 && answer.json?["code"] as? String == "lease.unknown")
            }
            let connection = try #require(ConnectionID(id))
            #expect(try await world.store.openLeases(of: connection, at: world.clock.now).count == 1)
            for _ in 0..<2 {
                let answer = try await site.call("DELETE", "/v1/leases/\(lease)", key: key)
                #expect(answer.status == 204 && answer.text.isEmpty)
            }
            #expect(try await world.store.openLeases(of: connection, at: world.clock.now).isEmpty)
        }
    }

    @Test func `who waits for a newer token is told when it is there, and when it is not`() async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let id = try await site.connection()
            let key = try await site.key([.credentialsRead])
            let path = "/v1/connections/\(id)/generation"
            let now = try await site.call("GET", path, key: key)
            #expect(now.json?["generation"] as? Int == 1 && now.json?["replaced"] as? Bool == false)
            let behind = try await site.call("GET", path + "?after=0&wait=30", key: key)
            #expect(behind.json?["replaced"] as? Bool == true)
            let same = try await site.call("GET", path + "?after=1&wait=0", key: key)
            #expect(same.json?["replaced"] as? Bool == false && same.json?["generation"] as? Int == 1)
            for bad in [
                "after=-1", "after=x", "wait=31", "after=1&wait=-1", "after=+1", "after=99999999999999999999", "x=1",
            ] {
                #expect(try await site.call("GET", path + "?" + bad, key: key).status == 400, "\(bad)")
            }
            async let waiting = site.call("GET", path + "?after=1&wait=30", key: key)
            while world.web.generations.count == 0 { await Task.yield() }
            _ = try await site.signedIn(tenant: "customer").connected(to: "acme", at: "/connect?connection=\(id)")
            world.web.generations.announce(try #require(ConnectionID(id)))
            let told = try await waiting
            #expect(told.json?["generation"] as? Int == 2 && told.json?["replaced"] as? Bool == true)
        }
    }

    @Test func `dates and texts written by hand read as the encoder would write them`() throws {
        for seconds in [0.0, 1, 951_782_400, 951_868_799.9, 1_709_164_800, 4_107_542_399, -1, -86_401, 253_402_300_799]
        {
            var json = JSONText(capacity: 32)
            json.date(Date(timeIntervalSince1970: seconds))
            let expected = Date(timeIntervalSince1970: seconds.rounded(.down)).formatted(.iso8601)
            #expect(String(buffer: json.buffer) == "\"\(expected)\"")
        }
        let awkward = "a\"b\\c\u{0}\n\u{1F}\u{7F}/é\u{2028}😀"
        var json = JSONText(capacity: 8)
        json.string(awkward)
        #expect(try JSONDecoder().decode(String.self, from: Data(String(buffer: json.buffer).utf8)) == awkward)
        var secret = JSONText(capacity: 8)
        secret.string(Secret(awkward))
        #expect(secret.buffer == json.buffer)
        var nothing = JSONText(capacity: 8)
        nothing.date(nil)
        #expect(String(buffer: nothing.buffer) == "null")
    }
}
