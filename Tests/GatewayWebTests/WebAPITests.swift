import Foundation
import Gateway
import GatewayCore
import Storage
import StorageSQLite
import Testing

@testable import GatewayWeb

@Suite struct `The API` {
    private static func connect(_ site: Site, tenant: String, to organization: String) async throws -> String {
        let location = try #require(
            try await site.signedIn(tenant: tenant).connected(to: organization, level: "read_and_act")["location"])
        return String(location.suffix(30))
    }

    @Test func `a connection has exactly the members that the interface names`() async throws {
        try await WebWorld().serve { site in
            let id = try await Self.connect(site, tenant: "customer", to: "acme")
            let answer = try await site.call(
                "GET", "/v1/connections/\(id)", key: try await site.key([.connectionsRead]))
            #expect(answer.status == 200)
            let body = try #require(answer.json)
            #expect(
                Set(body.keys) == [
                    "id", "tenant", "organization", "permission_level", "granted_scopes", "status", "status_reason",
                    "connected_by", "created_at", "updated_at", "generation", "access_token_expires_at",
                    "refresh_token_expires_at", "horizon", "revocations", "preflight", "sync",
                ])
            #expect(Set((body["organization"] as? [String: Any])?.keys.map(\.self) ?? []) == ["subdomain", "url"])
            #expect(
                Set((body["connected_by"] as? [String: Any])?.keys.map(\.self) ?? []) == [
                    "id", "name", "email", "role",
                ])
            #expect(Set((body["preflight"] as? [String: Any])?.keys.map(\.self) ?? []) == ["verdict", "checked_at"])
            #expect(
                Set((body["sync"] as? [String: Any])?.keys.map(\.self) ?? []) == [
                    "state", "last_completed_at", "progress",
                ])
            let horizon = try #require(body["horizon"] as? [String: Any])
            #expect(horizon["ends_at"] as? String == body["refresh_token_expires_at"] as? String)
            #expect(horizon["renewable"] as? Bool == true && horizon["soon"] as? Bool == false)
            #expect((body["revocations"] as? [Any])?.isEmpty == true)
            #expect(body["status"] as? String == "active" && body["granted_scopes"] as? [String] == ["read", "write"])
        }
    }

    @Test func `preflight runs and its latest report is the same bytes`() async throws {
        try await WebWorld().serve { site in
            let id = try await Self.connect(site, tenant: "customer", to: "fenced")
            let key = try await site.key([.preflight])
            let run = try await site.call("POST", "/v1/connections/\(id)/preflight", key: key)
            #expect(run.status == 200 && run.json?["verdict"] as? String == "fail")
            let latest = try await site.call("GET", "/v1/connections/\(id)/preflight", key: key)
            #expect(latest.text == run.text)
        }
    }

    @Test func `a disconnect answers with its receipt, and doing it again is harmless`() async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let id = try await Self.connect(site, tenant: "customer", to: "acme")
            let key = try await site.key([.connectionsWrite, .connectionsRead, .preflight])
            let ended = try await site.call("DELETE", "/v1/connections/\(id)", key: key)
            let receipt = try #require(ended.json?["receipt"] as? [String: Any])
            #expect(receipt["revoked"] as? Bool == true && receipt["verified_dead"] as? Bool == true)
            let index = try #require(receipt["audit_index"] as? Int64)
            let entry = try await world.store.auditEntries(after: index - 1, limit: 1).first
            #expect(entry?.event.action == .connectionDisconnected)
            #expect(try await site.call("DELETE", "/v1/connections/\(id)", key: key).status == 200)
            let after = try await site.call("GET", "/v1/connections/\(id)", key: key)
            #expect(after.json?["status"] as? String == "disconnected")
            let run = try await site.call("POST", "/v1/connections/\(id)/preflight", key: key)
            #expect(run.status == 409 && run.json?["code"] as? String == "connection.no_credential")
        }
    }

    @Test func `OA-101 no key, a strange one, a revoked one or one without the scope gets nothing`() async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let id = try await Self.connect(site, tenant: "customer", to: "acme")
            let key = try await site.key()
            for bad in [nil, "", "x", key + "x", "lk_" + String(repeating: "A", count: 43), key.uppercased()] {
                let answer = try await site.call("GET", "/v1/connections/\(id)", key: bad)
                #expect(answer.status == 401)
                #expect(answer["www-authenticate"] == "Bearer")
                #expect(answer.json?["code"] as? String == "api_key.invalid")
            }
            for header in ["Basic \(key)", key, "Bearer  \(key) x"] {
                let answer = try await site.send("GET", "/v1/connections/\(id)", [("Authorization", header)])
                #expect(answer.status == 401, "\(header)")
            }
            let narrow = try await site.key([.auditRead])
            let calls = [
                ("GET", "/v1/connections"), ("GET", "/v1/connections/\(id)"), ("DELETE", "/v1/connections/\(id)"),
                ("POST", "/v1/connections/\(id)/preflight"), ("GET", "/v1/connections/\(id)/preflight"),
                ("POST", "/v1/connect-sessions"),
            ]
            for (method, path) in calls {
                let answer = try await site.call(method, path, key: narrow, body: method == "POST" ? "{}" : nil)
                #expect(answer.status == 403, "\(method) \(path)")
                #expect(answer.json?["code"] as? String == "api_key.scope_missing")
            }
            let revoked = try #require(try await world.web.apiKeys.authenticate(key))
            #expect(try await world.web.apiKeys.revoke(revoked.id, actor: .commandLine))
            #expect(try await site.call("GET", "/v1/connections", key: key).status == 401)
        }
    }

    @Test func `WEB-40 a key of one tenant sees nothing of another, and cannot tell it from what is not there`()
        async throws
    {
        try await WebWorld().serve { site in
            let theirs = try await Self.connect(site, tenant: "tenant-a", to: "acme")
            _ = try await Self.connect(site, tenant: "tenant-b", to: "agentville")
            let key = try await site.key(tenant: "tenant-b")
            let none = "con_aaaaaaaaaaaaaaaaaaaaaaaaaa"
            for (method, below) in [("GET", ""), ("DELETE", ""), ("POST", "/preflight"), ("GET", "/preflight")] {
                let foreign = try await site.call(method, "/v1/connections/\(theirs)\(below)", key: key)
                let missing = try await site.call(method, "/v1/connections/\(none)\(below)", key: key)
                #expect(foreign.status == 404 && missing.status == 404)
                #expect(foreign.json?["code"] as? String == missing.json?["code"] as? String)
                #expect(foreign.json?["detail"] as? String == missing.json?["detail"] as? String)
            }
            let list = try await site.call("GET", "/v1/connections", key: key)
            #expect(list.text.contains("agentville") && !list.text.contains("acme"))
            #expect(try await site.call("GET", "/v1/connections?tenant=tenant-a", key: key).status == 404)
            let session = try await site.call("POST", "/v1/connect-sessions", key: key, body: #"{"tenant":"tenant-a"}"#)
            #expect(session.status == 404)
            let stolen = try await site.call(
                "POST", "/v1/connect-sessions", key: key,
                body: #"{"tenant":"tenant-b","connection_id":"\#(theirs)"}"#)
            #expect(stolen.status == 404)
            let audit = try await site.call("GET", "/v1/audit", key: key)
            #expect(audit.text.contains("tenant-b") && !audit.text.contains("tenant-a"))
            let everything = try await site.call("GET", "/v1/connections", key: try await site.key())
            #expect(everything.text.contains("agentville") && everything.text.contains("acme"))
        }
    }

    @Test(arguments: [
        (#"{"tenant":"c","tenant_id":"x"}"#, 422, "request.unknown_member"),
        (#"{"tenant":"c","status":"active"}"#, 422, "request.unknown_member"),
        (#"{"tenant":"c","tenant":"d"}"#, 400, "request.invalid_json"), (#"{"tenant":5}"#, 400, "request.wrong_type"),
        (#"{"tenant":"c","permission_levels":"read"}"#, 400, "request.wrong_type"),
        (#"{"tenant":"c","permission_levels":[]}"#, 422, "permission_level.unknown"),
        (#"{"tenant":"c","permission_levels":["write"]}"#, 422, "permission_level.unknown"),
        (#"{"tenant":"c","permission_levels":["read","read"]}"#, 422, "permission_level.unknown"),
        (#"{"tenant":"a b"}"#, 422, "tenant.invalid"), ("{}", 422, "tenant.invalid"),
        ("[]", 400, "request.invalid_json"), ("", 400, "request.invalid_json"), ("{", 400, "request.invalid_json"),
        (#"{"tenant":"c","organization_url":"http://help.acme.com"}"#, 422, "organization_url.help_center"),
        (#"{"tenant":"c","connection_id":"con_x"}"#, 404, "connection.unknown"),
        (#"{"tenant":"c","organization_url":["acme"]}"#, 400, "request.wrong_type"),
        (#"{"tenant":"c","organization_url":{"a":"acme"}}"#, 400, "request.wrong_type"),
        (#"{"tenant":"c","organization_url":17}"#, 400, "request.wrong_type"),
    ])
    func `URL-28 WEB-38 WEB-39 a wrong body is refused with a code, a sentence and a remedy`(
        body: String, status: Int, code: String
    ) async throws {
        try await WebWorld().serve { site in
            let answer = try await site.call("POST", "/v1/connect-sessions", key: try await site.key(), body: body)
            #expect(answer.status == status, "\(body): \(answer.text)")
            #expect(answer["content-type"] == "application/problem+json")
            let problem = try #require(answer.json)
            #expect(problem["code"] as? String == code)
            for member in ["type", "title", "status", "detail", "remedy", "request_id"] {
                #expect(problem[member] != nil, "\(member)")
            }
            if code == "request.unknown_member" {
                #expect(
                    (problem["detail"] as? String)?.contains(body.contains("tenant_id") ? "tenant_id" : "status")
                        == true)
            }
        }
    }

    @Test func `WEB-19 WEB-37 a body of another type or size is refused by kind`() async throws {
        try await WebWorld().serve { site in
            let key = try await site.key()
            for type in ["text/plain", "application/x-www-form-urlencoded", nil, "application/jsonx"] {
                let answer = try await site.call(
                    "POST", "/v1/connect-sessions", key: key, body: #"{"tenant":"c"}"#, type: type)
                #expect(answer.status == 415, "\(type ?? "none")")
            }
            let large = #"{"tenant":""# + String(repeating: "a", count: 66_000) + #""}"#
            #expect(try await site.call("POST", "/v1/connect-sessions", key: key, body: large).status == 413)
            let charset = try await site.call(
                "POST", "/v1/connect-sessions", key: key, body: #"{"tenant":"c"}"#,
                type: "application/json; charset=utf-8")
            #expect(charset.status == 201)
        }
    }

    @Test(arguments: [
        ("tenant=a&tenant=a", 400), ("page_size=0", 400), ("page_size=x", 400), ("page_size=201", 400),
        ("status=gone", 400), ("cursor=x", 400), ("nothing=1", 400), ("tenant=a%20b", 404),
        ("status=active&page_size=1", 200),
    ])
    func `a query with a wrong, doubled or unknown parameter is refused`(query: String, status: Int) async throws {
        try await WebWorld().serve { site in
            let answer = try await site.call("GET", "/v1/connections?\(query)", key: try await site.key())
            #expect(answer.status == status, "\(query): \(answer.text)")
        }
    }

    @Test func `pages of the list follow each other by cursor and miss nobody`() async throws {
        try await WebWorld().serve { site in
            var wanted: Set<String> = []
            for tenant in ["a", "b", "c"] { wanted.insert(try await Self.connect(site, tenant: tenant, to: "acme")) }
            let key = try await site.key()
            var seen: Set<String> = []
            var cursor: String?
            repeat {
                let query = "page_size=1" + (cursor.map { "&cursor=\($0)" } ?? "")
                let page = try #require(try await site.call("GET", "/v1/connections?\(query)", key: key).json)
                let rows = try #require(page["connections"] as? [[String: Any]])
                #expect(rows.count <= 1)
                seen.formUnion(rows.compactMap { $0["id"] as? String })
                cursor = page["next_cursor"] as? String
            } while cursor != nil
            #expect(seen == wanted)
        }
    }

    @Test func `a wrong method names the right ones, OPTIONS opens nothing to other origins`() async throws {
        try await WebWorld().serve { site in
            let answer = try await site.call("PUT", "/v1/connections", key: nil)
            #expect(answer.status == 405 && answer["allow"] == "GET, HEAD")
            #expect(answer["content-type"] == "application/problem+json")
            let preflight = try await site.send(
                "OPTIONS", "/v1/connections",
                [("Origin", "https://evil.example"), ("Access-Control-Request-Method", "GET")])
            #expect(preflight.status == 405, "WEB-20")
            #expect(preflight["access-control-allow-origin"] == nil, "WEB-20")
        }
    }
}
