import Testing

@testable import GatewayCore

@Suite struct `Organization URL` {
    @Test(arguments: [
        "acme", "Acme", " acme  ", "acme.zendesk.com", "https://acme.zendesk.com", "https://acme.zendesk.com/",
        "HTTPS://ACME.ZENDESK.COM/agent", "  https://acme.zendesk.com/agent/tickets/1  ", "acme.zendesk.com/hc/en-us",
        "https://acme.zendesk.com/agent/tickets/1?brand=2#comment", "acme.zendesk.com/agent/filters/a:b",
        "acme.zendesk.com/https://evil.com", "acme.zendesk.com//evil.com", "acme.zendesk.com/@evil.com/%2e%2e/..",
    ])
    func `URL-29 what people paste is accepted and becomes the canonical address`(input: String) throws {
        let url = try OrganizationURL(parsing: input, policy: .zendesk)
        #expect(url.subdomain == "acme" && url.host == "acme.zendesk.com" && url.authority == "acme.zendesk.com")
        #expect(url.text == "https://acme.zendesk.com" && url.description == url.text)
    }

    @Test(arguments: ["123", "4life", "d3v-acme", "a-b", "abc--d", "a--b", "zendesks", "20250101", "https://20250101"])
    func `URL-24 digits and inner dashes may stand anywhere in a name`(input: String) {
        let host = input.hasPrefix("https://") ? input + ".zendesk.com" : "\(input).zendesk.com"
        #expect(parsedLabel(host) == host.replacing("https://", with: "").replacing(".zendesk.com", with: ""))
    }

    @Test(arguments: [1, 2, 3, 62, 63, 64, 253, 255, 2_000, 4_096])
    func `URL-25 a name has 3 to 63 characters, alone and as a host`(length: Int) {
        let name = String(repeating: "a", count: length)
        for input in [name, name + ".zendesk.com", "https://\(name).zendesk.com/x"] {
            #expect(parsedLabel(input) == ((3...63).contains(length) ? name : nil))
            if !(3...63).contains(length) { #expect(refusal(input) == (length > 2_048 ? .tooLong : .wrongLength)) }
        }
    }

    @Test func `URL-27 reserved names are refused, and the list can be set`() throws {
        for name in HostPolicy.usuallyReserved.union(["WWW", "Support"]) {
            for input in [name, "\(name).zendesk.com", "https://\(name).zendesk.com/agent"] {
                #expect(refusal(input) == .reserved)
            }
        }
        let policy = try HostPolicy(parsing: "zendesk.com", usesPlainHTTP: false, reservedSubdomains: ["acme"])
        #expect(refusal("ACME.zendesk.com", policy: policy) == .reserved)
        #expect(parsedLabel("support", policy: policy) == "support")
    }

    @Test(arguments: ["ab", "-ab", "ab-", "ab--c", "a_b", "a.b", "ABC", "abc/", "abc\n", "", "a\u{212A}c", "abc "])
    func `URL-24 a subdomain from a record is held to the rules of a name`(subdomain: String) {
        #expect(throws: OrganizationURLRefusal(.notALabel, policy: .zendesk)) {
            try OrganizationURL(subdomain: subdomain, policy: .zendesk)
        }
    }
}

@Suite struct `Organization URL at a local stand-in` {
    private let policy: HostPolicy
    private let plain: HostPolicy

    init() throws {
        policy = try HostPolicy(parsing: "zendesk.localhost:9443", usesPlainHTTP: false)
        plain = try HostPolicy(parsing: "zendesk.localhost:9080", usesPlainHTTP: true)
    }

    @Test(arguments: [
        "acme", " ACME ", "acme.zendesk.localhost:9443", "https://acme.zendesk.localhost:9443/agent",
        "Https://Acme.Zendesk.Localhost:9443",
    ])
    func `the bare subdomain or the whole address with its port is accepted`(input: String) throws {
        let url = try OrganizationURL(parsing: input, policy: policy)
        #expect(url.text == "https://acme.zendesk.localhost:9443")
        #expect(url.host == "acme.zendesk.localhost" && url.authority == "acme.zendesk.localhost:9443")
        #expect(try OrganizationURL(parsing: url.text, policy: policy) == url)
    }

    @Test(arguments: [
        "acme.zendesk.com", "https://acme.zendesk.com/agent", "zendesk.com", "acme.zendesk.com:443",
        "HTTPS://A.ZENDESK.COM",
    ])
    func `an address of zendesk.com is refused with a sentence that names the configured domain`(input: String) {
        #expect(refusal(input, policy: policy) == .otherDomain)
        let explanation = OrganizationURLRefusal(.otherDomain, policy: policy).explanation
        #expect(explanation.message.contains("zendesk.localhost:9443"))
        #expect(explanation.remedy?.contains("https://acme.zendesk.localhost:9443") == true)
    }

    @Test(arguments: [
        "acme.zendesk.localhost", "acme.zendesk.localhost:443", "acme.zendesk.localhost:94430",
        "acme.zendesk.localhost:09443", "acme.zendesk.localhost:", "acme.zendesk.localhost:9443:9443",
        "zendesk.localhost",
    ])
    func `URL-18 any other port is refused`(input: String) {
        #expect(refusal(input, policy: policy) == .port)
        #expect(refusal("https://\(input)/x", policy: policy) == .port)
    }

    @Test func `URL-17 plain http is accepted where the stand-in speaks it, and then https is too`() throws {
        #expect(refusal("http://acme.zendesk.localhost:9443", policy: policy) == .wrongScheme)
        #expect(refusal("ftp://acme.zendesk.localhost:9080", policy: plain) == .wrongScheme)
        #expect(OrganizationURLRefusal(.wrongScheme, policy: plain).explanation.message.contains("http://"))
        let secure = try OrganizationURL(parsing: "https://acme.zendesk.localhost:9080/x", policy: plain)
        #expect(secure.text == "http://acme.zendesk.localhost:9080")
        let url = try OrganizationURL(parsing: "http://acme.zendesk.localhost:9080/x", policy: plain)
        #expect(url.text == "http://acme.zendesk.localhost:9080")
    }

    @Test func `URL-11 a stand-in's domain is nothing in production`() {
        #expect(refusal("acme.zendesk.localhost") == .notUnderDomain)
        #expect(refusal("acme.zendesk.localhost:9443") == .notUnderDomain)
    }
}
