import FoundationEssentials
import GatewayCore
import HTTPTypes
import Testing

@testable import Zendesk

@Suite("Zendesk client")
struct ZendeskClientTests {
    @Test func `OA-96 OA-97 the token stands in the header only, and every path is a constant`() async throws {
        let transport = RecordingTransport(.success(json("{}")))
        let client = try client(transport)
        _ = await client.currentUser()
        _ = await client.entitlements(of: 7)
        _ = await client.userSegments()
        _ = await client.brands()
        _ = await client.securitySettings()
        _ = await client.usersPage()
        _ = await client.auditLogsPage()
        _ = await client.currentToken()
        _ = await client.deleteToken(id: 9)
        #expect(
            transport.requests.map { "\($0.method) \($0.path)" } == [
                "GET /api/v2/users/me.json", "GET /api/v2/users/7/entitlements/full",
                "GET /api/v2/help_center/user_segments.json?page%5Bsize%5D=1",
                "GET /api/v2/brands.json?page%5Bsize%5D=100", "GET /api/v2/security_settings.json",
                "GET /api/v2/users.json?page%5Bsize%5D=1", "GET /api/v2/audit_logs.json?page%5Bsize%5D=1",
                "GET /api/v2/oauth/tokens/current.json", "DELETE /api/v2/oauth/tokens/9",
            ])
        for request in transport.requests {
            #expect(request.headerFields[.authorization] == "Bearer at-canary")
            #expect(request.headerFields[.acceptEncoding] == "identity")
            #expect(request.organization == (try acme()))
            #expect(!request.path.contains("canary") && request.body == nil)
            #expect(request.limits == .api)
        }
    }

    @Test func `reads the answer of users me`() async throws {
        let body = """
            {"user":{"id":6130907993114,"name":"Person 1","email":"user1@example.com","role":"admin","role_type":4,
            "active":true,"custom_role_id":6130869137434,"suspended":false,"authenticity_token":"canary","photo":null}}
            """
        let answer = try await client(json(body)).currentUser()
        #expect(
            answer.value
                == CurrentUser(
                    id: 6_130_907_993_114, name: "Person 1", email: "user1@example.com", role: "admin", roleType: 4,
                    suspended: false, active: true, customRoleID: 6_130_869_137_434))
        #expect(!"\(answer)".contains("canary"))
    }

    @Test(arguments: [
        #"{"user":{"id":null,"name":"Anonymous user","role":"end-user"}}"#, #"{"user":{"name":"Anonymous user"}}"#,
    ])
    func `OA-36 a 200 for the anonymous user is no person`(body: String) async throws {
        #expect(try await client(json(body)).currentUser().value?.isAnonymous == true)
    }

    @Test(arguments: [#"{"user":{"id":"7"}}"#, #"{"user":{"id":1.5}}"#, #"{"user":null}"#, "{}", "[]", "", "null", "{"])
    func `an id that is no whole number is malformed, not a person`(body: String) async throws {
        #expect(try await client(json(body)).currentUser().refusal == .malformed(status: 200))
    }

    @Test func `entitlements are read in the documented and in tolerated shapes`() async throws {
        let body = """
            {"entitlements":{"chat":{"is_active":true,"name":"admin"},"guide":{"is_active":false,"name":null},
            "talk":null,"explore":"viewer","new":{}}}
            """
        let answer = try await client(json(body)).entitlements(of: 1)
        #expect(
            answer.value?.products == [
                "chat": Entitlement(name: "admin", isActive: true), "guide": Entitlement(name: nil, isActive: false),
                "explore": Entitlement(name: "viewer", isActive: nil), "new": Entitlement(name: nil, isActive: nil),
            ])
        #expect(answer.value?.guide?.isActive == false)
    }

    @Test func `security settings are read, with null and empty ranges alike`() async throws {
        func settings(_ ip: String) async throws -> SecuritySettings? {
            try await client(json(#"{"security_settings":{"ip":\#(ip),"assumable":false}}"#)).securitySettings().value
        }
        #expect(
            try await settings(
                #"{"ip_restriction_enabled":true,"ip_ranges":"127.0.0.1 192.*.*.*","enable_agent_ip_restrictions":true}"#
            )
                == SecuritySettings(ipRestrictionEnabled: true, ipRanges: ["127.0.0.1", "192.*.*.*"], agentsOnly: true))
        for ranges in ["null", "\"\""] {
            #expect(
                try await settings(#"{"ip_restriction_enabled":false,"ip_ranges":\#(ranges)}"#)
                    == SecuritySettings(ipRestrictionEnabled: false, ipRanges: [], agentsOnly: false))
        }
        #expect(try await settings("{}")?.ipRestrictionEnabled == .some(nil))
    }

    @Test func `the current token is read with dates, nulls and absent members`() async throws {
        let body = """
            {"token":{"id":223443,"user_id":29,"client_id":1234,"scopes":["read","write"],"token":"canary",
            "refresh_token":"canary","expires_at":"2026-04-22T06:32:35Z","refresh_token_expires_at":null}}
            """
        let answer = try await client(json(body)).currentToken()
        let token = try #require(answer.value)
        #expect(token.id == 223_443)
        #expect(token.userID == 29)
        #expect(token.scopes?.text == "read write")
        #expect(token.expiresAt?.timeIntervalSince1970 == 1_776_839_555)
        #expect(token.refreshTokenExpiresAt == nil)
        #expect(!"\(answer)".contains("canary"))
        let bare = try await client(json(#"{"token":{"id":1,"expires_at":"soon"}}"#)).currentToken().value
        #expect(bare?.id == 1 && bare?.scopes == nil && bare?.expiresAt == nil)
    }

    @Test func `deleting a token is answered without a body`() async throws {
        #expect(try await client(OutboundResponse(status: .noContent)).deleteToken(id: 1).value == Done())
    }

    @Test func `a users page counts without reading anybody`() async throws {
        #expect(try await client(json(#"{"users":[{"id":1}],"meta":{}}"#)).usersPage().value?.count == 1)
        #expect(try await client(json(#"{"error":"x"}"#)).usersPage().refusal == .malformed(status: 200))
    }

    @Test func `evidence keeps the request id, the date and the rate limit, and nothing odd`() async throws {
        let fields = try headers([
            "X-Request-Id": "req-1", "Date": "Wed, 21 Oct 2026 07:28:00 GMT", "X-Rate-Limit": "700",
            "ratelimit-remaining": "699", "Set-Cookie": "canary",
        ])
        let evidence = try await client(json("{}", fields)).userSegments().evidence
        #expect(evidence?.requestID == "req-1")
        #expect(evidence?.date == "Wed, 21 Oct 2026 07:28:00 GMT")
        #expect(evidence?.rateLimit == 700)
        #expect(evidence?.rateLimitRemaining == 699)
        let odd = try headers(["X-Request-Id": String(repeating: "x", count: 129)])
        #expect(try await client(json("{}", odd)).userSegments().evidence?.requestID == nil)
    }

    private func headers(_ values: [String: String]) throws -> HTTPFields {
        var fields = HTTPFields()
        for (name, value) in values { fields[try #require(HTTPField.Name(name))] = value }
        return fields
    }

    @Test(arguments: TransportFailure.allCases)
    func `a transport failure stays what it is`(failure: TransportFailure) async throws {
        let answer = await (try client(RecordingTransport(.failure(failure)))).currentUser()
        #expect(answer == .failed(failure))
    }

    @Test func `OA-66 a coded body is not unpacked`() async throws {
        let answer = try await client(json(#"{"user":{"id":1}}"#, [.contentEncoding: "gzip"])).currentUser()
        #expect(answer.refusal == .malformed(status: 200))
    }
}
