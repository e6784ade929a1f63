import GatewayCore
import HTTPTypes
import Testing

@testable import OAuth

@Suite("Token response")
struct TokenResponseTests {
    private func malformed(_ response: OutboundResponse) throws -> MalformedTokenResponse? {
        guard let failure = try parse(response).failure, case .malformed(let malformed) = failure.reason else {
            return nil
        }
        #expect(failure.outcomeClass == .malformedSuccess)
        return malformed
    }

    @Test func `reads Zendesk's documented answer`() throws {
        let tokens = try #require(try parse(tokenAnswer()).tokens)
        #expect(tokens.accessToken.exposeText() == "at-canary")
        #expect(tokens.refreshToken?.exposeText() == "rt-canary")
        #expect(tokens.scope == ScopeSet(["read", "write"]))
        #expect(tokens.expiresIn == 172_800)
        #expect(tokens.refreshTokenExpiresIn == 7_776_000)
    }

    @Test(arguments: [nil, "null", "1", "[]", "{}"] as [String?])
    func `OA-73 a success without an access token is refused`(value: String?) throws {
        #expect(try malformed(tokenAnswer(["access_token": value])) == .accessToken)
    }

    @Test(arguments: [nil, "null", "\"\"", "\"mac\"", "\"dpop\"", "\"bearer \"", "true", "[\"bearer\"]"] as [String?])
    func `OA-74 OA-76 only a bearer token is accepted`(value: String?) throws {
        #expect(try malformed(tokenAnswer(["token_type": value])) == .tokenType)
    }

    @Test(arguments: ["bearer", "Bearer", "BEARER", "bEARER"])
    func `OA-75 the token type is compared without case`(value: String) throws {
        #expect(try parse(tokenAnswer(["token_type": "\"\(value)\""])).tokens != nil)
    }

    @Test(
        arguments: ["expires_in", "refresh_token_expires_in"],
        [
            nil, "null", "0", "-1", "-9223372036854775808", "\"1800\"", "1800.5", "1800.0", "1e20", "1e3", "true", "[]",
            "{}",
            "315360001", "9223372036854775807", "99999999999999999999",
        ] as [String?])
    func `OA-77 OA-78 a missing or odd lifetime is unknown and loses no token`(name: String, value: String?) throws {
        let tokens = try #require(try parse(tokenAnswer([name: value])).tokens)
        #expect((name == "expires_in" ? tokens.expiresIn : tokens.refreshTokenExpiresIn) == nil)
        #expect((name == "expires_in" ? tokens.refreshTokenExpiresIn : tokens.expiresIn) != nil)
    }

    @Test(arguments: [("1", 1), ("1800", 1800), ("315360000", 315_360_000)])
    func `OA-78 lifetimes from one second to ten years are kept`(value: String, seconds: Int) throws {
        #expect(try parse(tokenAnswer(["expires_in": value])).tokens?.expiresIn == seconds)
    }

    @Test(arguments: [nil, "null"] as [String?])
    func `OA-79 OA-80 a missing refresh token is accepted and visible`(value: String?) throws {
        let tokens = try #require(try parse(tokenAnswer(["refresh_token": value])).tokens)
        #expect(tokens.refreshToken == nil)
    }

    @Test(
        arguments: [
            "\"\"",  // OA-81
            #""a\r\nX-Evil: 1""#, #""a\u0000""#, "\"a b\"", "\" a\"", "\"\u{E9}\"", #""\u007f""#, #""a\tb""#,  // OA-82
            "\"\(String(repeating: "t", count: 8 * 1024 + 1))\"",  // OA-83
        ])
    func `OA-81 OA-82 OA-83 a token that no header should carry is refused`(value: String) throws {
        #expect(try malformed(tokenAnswer(["access_token": value])) == .accessToken)
        #expect(try malformed(tokenAnswer(["refresh_token": value])) == .refreshToken)
    }

    @Test func `OA-83 a token of 8 KiB is accepted and one of a megabyte is not even read`() throws {
        let longest = "\"\(String(repeating: "t", count: 8 * 1024))\""
        #expect(try parse(tokenAnswer(["access_token": longest])).tokens?.accessToken.count == 8 * 1024)
        let megabyte = "\"\(String(repeating: "t", count: 1_000_000))\""
        #expect(try malformed(tokenAnswer(["access_token": megabyte])) == .body)
    }

    @Test(
        arguments: [
            ("\"write read\"", ScopeSet(["read", "write"])), ("\"read\"", ScopeSet(["read"])),
            ("\"read read  write\"", ScopeSet(["read", "write"])),
            ("\"read write impersonate\"", ScopeSet(["read", "write", "impersonate"])),
            ("\"\"", ScopeSet([String]())), (nil, nil), ("null", nil),
        ] as [(String?, ScopeSet?)])
    func `OA-84 scopes are a set, and a missing one means as requested`(value: String?, scope: ScopeSet?) throws {
        let tokens = try #require(try parse(tokenAnswer(["scope": value])).tokens)
        #expect(tokens.scope == scope)
    }

    @Test(arguments: ["[\"read\"]", "1", "\"read\\nwrite\"", #""re\"ad""#, "\"\u{E9}\""])
    func `OA-84 a scope that is no scope is refused`(value: String) throws {
        #expect(try malformed(tokenAnswer(["scope": value])) == .scope)
    }

    @Test(arguments: [
        #"{"access_token":"a","access_token":"b","token_type":"bearer"}"#,  // OA-85
        #"{"access_token":"a","token_type":"bearer"} "#.dropLast(2) + "",  // OA-70
        #"{"access_token":"a","token_type":"bearer"}{}"#, "\u{FEFF}{}", "NaN", "[]", "\"a\"", "null", "",  // OA-87
        String(repeating: "[", count: 60_000),  // OA-86
        "access_token=a&token_type=bearer",
    ])
    func `OA-70 OA-85 OA-86 OA-87 a body that is not one strict JSON object is refused`(text: String) throws {
        #expect(try malformed(json(text)) == .body)
    }

    @Test(arguments: [
        "text/html", "text/html; charset=utf-8", "text/json", "application/json; charset=utf-16",
        "application/json; charset=iso-8859-1", "application/json, text/html", "application/jsonx", "json",
        "application/problem+json", "application/json; boundary=x",
    ])
    func `OA-88 JSON under another content type is refused`(type: String) throws {
        #expect(try malformed(json(tokenAnswer().body, [.contentType: type])) == .contentType)
    }

    @Test func `OA-88 no content type is refused`() throws {
        let response = OutboundResponse(status: .ok, body: tokenAnswer().body)
        #expect(try malformed(response) == .contentType)
    }

    @Test(arguments: [
        "application/json", "Application/JSON", "application/json;charset=UTF-8", "application/json; charset=\"utf-8\"",
    ])
    func `OA-88 application JSON in UTF-8 is accepted`(type: String) throws {
        #expect(try parse(json(tokenAnswer().body, [.contentType: type])).tokens != nil)
    }

    @Test(arguments: ["gzip", "br", "deflate", "gzip, gzip", "GZIP", "x-unknown", ""])
    func `OA-66 a coded body is refused unread`(coding: String) throws {
        #expect(try malformed(json(tokenAnswer().body, [.contentEncoding: coding])) == .contentCoding)
    }

    @Test func `OA-66 identity is no coding`() throws {
        #expect(try parse(json(tokenAnswer().body, [.contentEncoding: "identity"])).tokens != nil)
    }

    @Test(arguments: [200, 201, 202, 203, 226])
    func `OA-90 a success with a body is accepted, whatever its number`(status: Int) throws {
        #expect(try parse(tokenAnswer(status: status)).tokens != nil)
    }

    @Test(arguments: [100, 101, 103, 199, 204, 205, 206, 304])
    func `OA-90 a status that means no or half a body is refused`(status: Int) throws {
        #expect(try malformed(tokenAnswer(status: status)) == .status)
    }

    @Test func `OA-93 members nobody asked for leave no trace`() throws {
        var printed = ""
        dump(try parse(tokenAnswer(["id_token": #""canary-extra""#, "password": #""canary-extra""#])), to: &printed)
        #expect(!printed.contains("canary"))
    }

    @Test(arguments: [
        ("client_id", "\"other\"", MalformedTokenResponse.otherClient), ("client_id", "41", .otherClient),
        ("client_id", "\"ZDG-latchkey\"", .otherClient), ("subdomain", "\"evil\"", .otherOrganization),
        ("iss", "\"https://evil.zendesk.com\"", .otherOrganization),
    ])
    func `OA-95 an answer for another client or organization is refused`(
        name: String, value: String, expected: MalformedTokenResponse
    ) throws {
        #expect(try malformed(tokenAnswer([name: value])) == expected)
    }

    @Test func `OA-95 the right echo is accepted`() throws {
        let echo = [
            "client_id": "\"zdg-latchkey\"", "subdomain": "\"acme\"", "iss": "\"https://acme.zendesk.com\"",
        ]
        #expect(try parse(tokenAnswer(echo)).tokens != nil)
    }
}
