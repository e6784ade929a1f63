import Testing

@testable import GatewayCore

@Suite struct `Host policy` {
    @Test func `production is https under zendesk.com and nothing else`() throws {
        let policy = try HostPolicy(parsing: "zendesk.com", usesPlainHTTP: false)
        #expect(policy == .zendesk)
        #expect(policy.isZendesk && !policy.isLocal)
        #expect(policy.scheme == "https" && policy.authority == "zendesk.com" && policy.port == nil)
        #expect(throws: HostPolicyError.plainHTTPOutsideLocalhost) {
            try HostPolicy(parsing: "zendesk.com", usesPlainHTTP: true)
        }
    }

    @Test(arguments: [
        ("zendesk.localhost", "zendesk.localhost", nil), ("zendesk.localhost:9443", "zendesk.localhost", 9443),
        ("a.b-1.localhost:1", "a.b-1.localhost", 1), ("x.localhost:65535", "x.localhost", 65535),
    ])
    func `a stand-in is a name that ends in .localhost, with or without a port`(
        text: String, domain: String, port: Int?
    ) throws {
        for plain in [false, true] {
            let policy = try HostPolicy(parsing: text, usesPlainHTTP: plain)
            #expect(policy.domain == domain && policy.port == port && policy.authority == text)
            #expect(policy.isLocal && !policy.isZendesk && policy.scheme == (plain ? "http" : "https"))
        }
    }

    @Test(arguments: [
        "", "localhost", ".localhost", "localhost:9443", "a..localhost", "-a.localhost", "a-.localhost",
        "a_b.localhost", "A.localhost", "zendesk.localhost.", "zendesk.localhost.com", "zendesklocalhost",
        "ZENDESK.COM", "zendesk.com:443", "zendesk.com.", "evil.com", "staging.zendesk.com", "127.0.0.1", "[::1]",
        "a.localhost:1:2", "a.localhost/x", "u@a.localhost", " a.localhost", "a.localhost\n", "a.localhost ",
        "\u{E4}.localhost", "%61.localhost", "zendes\u{212A}.com", "https://a.localhost",
    ])
    func `any other domain is refused`(text: String) {
        #expect(throws: HostPolicyError.notAllowed) { try HostPolicy(parsing: text, usesPlainHTTP: false) }
    }

    @Test(arguments: ["", "0", "65536", "-1", "+443", "0443", "4 4", "443 ", "99999999999999999999", "x", "\u{664}"])
    func `a port is a plain number from 1 to 65535`(port: String) {
        #expect(throws: HostPolicyError.badPort) {
            try HostPolicy(parsing: "zendesk.localhost:\(port)", usesPlainHTTP: false)
        }
    }

    @Test func `every refusal says what to do and has a code of its own`() {
        let refusals: [HostPolicyError] = [.notAllowed, .badPort, .plainHTTPOutsideLocalhost]
        #expect(Set(refusals.map(\.explanation.code)).count == refusals.count)
        #expect(refusals.allSatisfy { $0.explanation.remedy?.isEmpty == false })
    }
}
