import Testing

@testable import GatewayCore

/// One class of section 2.3 with its inputs and, where the sentence matters, the reason.
struct RefusedClass: Sendable, CustomTestStringConvertible {
    let name: String
    let reason: OrganizationURLRefusal.Reason?
    let inputs: [String]

    var testDescription: String { name }

    init(_ name: String, _ reason: OrganizationURLRefusal.Reason?, _ inputs: [String]) {
        self.name = name
        self.reason = reason
        self.inputs = inputs
    }

    static let all: [RefusedClass] = [
        RefusedClass(
            "URL-11 suffix confusion", .notUnderDomain,
            [
                "acme.zendesk.com.evil.com", "evilzendesk.com", "acme.zendesk.comevil.com", "acme.zendesk.co",
                "acme-zendesk.com", "https://acme.evilzendesk.com/agent", "acme.zendesk.com.evil.com/acme.zendesk.com",
            ]),
        RefusedClass(
            "URL-12 dots too many", .misplacedDot,
            [
                "acme.zendesk.com.", "acme..zendesk.com", ".acme.zendesk.com", "acme.zendesk..com", "acme.", "..",
                "https://acme.zendesk.com./agent",
            ]),
        RefusedClass(
            "URL-12 no name", .missingSubdomain,
            [
                ".zendesk.com", "zendesk.com", "https://zendesk.com/agent", "https://.zendesk.com",
            ]),
        RefusedClass(
            "URL-13 more than one label", .tooManyLabels,
            [
                "a.b.zendesk.com", "127.0.0.1.zendesk.com", "acme.zendesk.com.zendesk.com",
                "https://www.acme.zendesk.com",
            ]),
        RefusedClass(
            "URL-14 userinfo", .userInformation,
            [
                "https://acme.zendesk.com@evil.com", "https://evil.com\\@acme.zendesk.com", "user@acme.zendesk.com",
                "https://user:secret@acme.zendesk.com", "user:secret@acme.zendesk.com", "me@acme.com", "acme@",
                "https://acme.zendesk.com:443@evil.com/", "@acme.zendesk.com",
            ]),
        RefusedClass(
            "URL-15 backslash", nil,
            [
                "https:\\\\acme.zendesk.com", "https://acme.zendesk.com\\evil.com", "https:/\\acme.zendesk.com",
                "acme\\",
                "\\\\acme.zendesk.com", "acme.zendesk.com\\", "https://evil.com\\.zendesk.com",
            ]),
        RefusedClass(
            "URL-16 fragment and query as terminator", .forbiddenCharacters,
            [
                "https://evil.com#.zendesk.com", "https://evil.com?.zendesk.com", "https://acme.zendesk.com?x=1",
                "acme#",
                "acme.zendesk.com#", "acme?x", "acme.zendesk.com?.evil.com", "evil.com;.zendesk.com",
                "acme&b.zendesk.com",
            ]),
        RefusedClass(
            "URL-16 slash as terminator", .helpCenter,
            [
                "https://evil.com/.zendesk.com", "evil.com/acme.zendesk.com",
                "https://evil.com/?https://acme.zendesk.com",
            ]),
        RefusedClass(
            "URL-17 scheme", .wrongScheme,
            [
                "http://acme.zendesk.com", "file://acme.zendesk.com", "file:///etc/passwd", "javascript:alert(1)",
                "data:text/html,x", "gopher://acme.zendesk.com", "https:acme", "https:acme.zendesk.com", "mailto:acme",
                "https:/acme.zendesk.com", "httpss://acme.zendesk.com", "https::acme", "wss://acme.zendesk.com",
                "://acme",
            ]),
        RefusedClass(
            "URL-17 no scheme, or one too many", nil,
            [
                "//acme", "//acme.zendesk.com", "///acme.zendesk.com", "https:///acme.zendesk.com", "https://",
                "https://https://acme.zendesk.com", "/acme", "/", "https://acme", "https://acme/", "acme/",
                "acme/agent",
            ]),
        RefusedClass(
            "URL-18 port", .port,
            [
                "acme.zendesk.com:443", "https://acme.zendesk.com:0", "acme.zendesk.com:65536", "acme.zendesk.com:",
                "https://acme.zendesk.com:443/agent", "acme:443", "acme.zendesk.com:x", "acme.zendesk.com:443:443",
            ]),
        RefusedClass(
            "URL-20 percent and entities", .forbiddenCharacters,
            [
                "acme%2ezendesk.com", "%61cme.zendesk.com", "acme%252ezendesk.com", "acme%c0%ae.zendesk.com",
                "ac%u006de",
                "acme%00.zendesk.com", "https://evil.com%2f.zendesk.com", "https://evil.com%23.zendesk.com", "acme%",
                "acme&#46;zendesk.com", "acme&period;zendesk.com", "https://acme.zendesk.com%0d%0a",
                "acme%20.zendesk.com",
            ]),
        RefusedClass(
            "URL-23 punycode and dashes in positions 3 and 4", .notALabel,
            [
                "xn--80ak6aa92e", "xn--80ak6aa92e.zendesk.com", "ab--cd", "AB--CD.zendesk.com",
                "https://ab--c.zendesk.com",
                "a1--", "xn--",
            ]),
        RefusedClass(
            "URL-24 edge dash", .notALabel, ["-acme", "acme-", "---", "-acme.zendesk.com", "acme-.zendesk.com"]),
        RefusedClass(
            "URL-24 underscore and symbols", .forbiddenCharacters,
            ["a_b.zendesk.com", "_acme"] + "!\"#$%&'()*+,;<=>?[]^_`{|}~".map { "ac\($0)me.zendesk.com" }
                + "!\"#$%&'()*+,;<=>?[]^_`{|}~".map { "ac\($0)me" }),
        RefusedClass(
            "URL-26 one number", .addressNumber,
            [
                "2130706433", "0x7f000001", "0X7F000001", "017700000001", "4294967295", "16777216", " 3232235777 ",
            ]),
        RefusedClass(
            "URL-26 addresses and local names", nil,
            [
                "127.0.0.1", "https://127.0.0.1", "https://2130706433", "0177.0.0.1", "0x7f.0.0.1", "127.1", "[::1]",
                "https://[::1]/", "https://[::ffff:127.0.0.1]", "::1", "fe80::1%25eth0", "[v1.x]", "169.254.169.254/x#",
                "localhost", "https://localhost", "localhost:9443", "acme.local", "metadata.internal",
                "acme.localdomain",
            ]),
        RefusedClass(
            "Help centers", .helpCenter,
            [
                "support.example.com", "help.acme.com", "https://help.acme.com/hc/en-us", "HELP.ACME.CO.UK", "acme.com",
                "support.acme.com:443",
            ]),
        RefusedClass("Nothing", .empty, ["", " ", "      "]),
    ]
}

@Suite struct `Organization URL refusals` {
    @Test(arguments: RefusedClass.all)
    func `URL-11 to URL-26 every input of a class is refused, for the right reason`(refused: RefusedClass) {
        for input in refused.inputs {
            let reason = refusal(input)
            #expect(reason != nil, "\(input) is accepted")
            if let expected = refused.reason { #expect(reason == expected, "\(input)") }
        }
    }

    @Test(arguments: [
        "\t", "\r", "\n", "\r\n", "\u{0}", "\u{B}", "\u{C}", "\u{1B}", "\u{7F}", "\u{80}", "\u{85}", "\u{9F}", "\u{A0}",
        "\u{AD}", "\u{200B}", "\u{200D}", "\u{200E}", "\u{202E}", "\u{2028}", "\u{2066}", "\u{3000}", "\u{FEFF}",
        "\u{3002}", "\u{FF0E}", "\u{FF61}", "\u{2024}", "\u{664}", "\u{212A}", "\u{17F}", "\u{131}", "\u{FB01}",
    ])
    func `URL-19 URL-21 URL-22 control, invisible and look-alike characters are refused in any place`(sign: String) {
        for input in [
            "\(sign)acme", "acme\(sign)", "ac\(sign)me", "\(sign)https://acme.zendesk.com", "acme\(sign).zendesk.com",
            "acme.zendesk.com\(sign)", "acme.zendesk.com/\(sign)", "https:\(sign)//acme.zendesk.com",
            "acme.zendesk.com/a\(sign)b", " acme.zendesk.com/\(sign) ",
        ] {
            #expect(refusal(input) == .forbiddenCharacters)
        }
    }

    @Test(arguments: ["ac me", "acme .zendesk.com", "acme.zendesk.com/a b", "https:// acme.zendesk.com", "acme x"])
    func `URL-19 a blank inside is refused`(input: String) {
        #expect(refusal(input) == .forbiddenCharacters)
    }

    @Test(arguments: OrganizationURLRefusal.Reason.allCases)
    func `every refusal has a code and says what to enter at the configured domain`(
        reason: OrganizationURLRefusal.Reason
    ) throws {
        let local = try HostPolicy(parsing: "zendesk.localhost:9080", usesPlainHTTP: true)
        for (policy, example) in [
            (HostPolicy.zendesk, "https://acme.zendesk.com"), (local, "http://acme.zendesk.localhost:9080"),
        ] {
            let explanation = OrganizationURLRefusal(reason, policy: policy).explanation
            #expect(explanation.code == "organization_url.\(reason.rawValue)")
            #expect(explanation.message.hasSuffix("."))
            #expect(explanation.remedy?.contains(example) == true)
        }
    }

    @Test func `a foreign host is told that it is probably a help center`() {
        let explanation = OrganizationURLRefusal(.helpCenter, policy: .zendesk).explanation
        #expect(explanation.message.contains("probably a help center"))
        #expect(explanation.remedy?.contains("the address your agents use, like https://acme.zendesk.com") == true)
    }

    @Test func `no refusal repeats the input`() {
        for input in RefusedClass.all.flatMap(\.inputs) where input.contains("evil") || input.contains("secret") {
            do throws(OrganizationURLRefusal) {
                _ = try OrganizationURL(parsing: input, policy: .zendesk)
            } catch {
                for said in ["\(error.explanation)", "\(error)", String(reflecting: error)] {
                    #expect(!said.contains("evil") && !said.contains("secret"))
                }
            }
        }
    }
}
