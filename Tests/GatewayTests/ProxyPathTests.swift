import Gateway
import Testing

@Suite struct `Proxied paths` {
    @Test(arguments: [
        ("api/v2/users.json", nil), ("api/v2/users/123/identities/9.json", nil),
        ("api/v2/users", "page%5Bsize%5D=2&role[]=a"),
        ("api/v2/incremental/users/cursor.json", "start_time=0"), ("api/v2/search.json", "query=type:ticket+a%20b/c?"),
        ("api/v2/a%20b", nil), ("api/v2/caf%C3%A9", nil), ("api/v2/x@y.example", nil), ("api/v2/%75sers", ""),
    ])
    func `what Zendesk documents passes octet for octet`(path: String, query: String?) throws {
        let parsed = try ProxyPath(path[...], query: query)
        #expect(parsed.text == "/" + path + (query.map { "?" + $0 } ?? ""))
    }

    @Test(arguments: [
        "", "api", "api/v2", "api/v2/", "api/v2//users", "api/v2/users/", "/api/v2/users", "api/v3/users",
        "API/v2/users", "api/v2/../oauth/tokens", "api/v2/./users", "api/v2/%2e%2e/x", "api/v2/%2E/x", "api/v2/.%2e/x",
        "api/v2/users%2f..%2f..%2foauth", "api/v2/users%2Fx", "api/v2/users%5cx", "api/v2/users\\x",
        "api/v2/%252e%252e/x",
        "api/v2/users%00", "api/v2/users%0d%0aHost:%20evil", "api/v2/us ers", "api/v2/users%", "api/v2/users%2",
        "api/v2/users%zz", "api/v2/%ff", "api/v2/users#x", "api/v2/us\u{E9}rs", "api/v2/users%3fx", "api/v2/users%23x",
        "api%2fv2%2fusers", "api/v2/users%7f", "http://evil.example/api/v2/users", "@evil.example/api/v2/users",
        "help_center/api/v2/users", "api/v2/users\u{0}", "api/v2/<x>", "api/v2/\"x\"",
    ])
    func `OA-97 what could lead anywhere else is refused`(path: String) {
        #expect(throws: ProxyRefusal.badPath) { try ProxyPath(path[...], query: nil) }
    }

    @Test(arguments: ["a=%", "a=%0", "a=b c", "a=\u{0}", "a=b#c", "a=\r\nX: y", "a=<b>", "a=\\", "a=\u{E9}"])
    func `OA-97 a query that is not plainly one is refused`(query: String) {
        #expect(throws: ProxyRefusal.badPath) { try ProxyPath("api/v2/users", query: query) }
    }

    @Test func `a path of unreasonable length is refused`() {
        #expect(throws: ProxyRefusal.badPath) {
            try ProxyPath("api/v2/users", query: String(repeating: "a", count: 8 * 1024))
        }
    }
}
