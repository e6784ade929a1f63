import Testing

@testable import GatewayCore

@Suite struct `Organization URL grammar` {
    private static let canonical = Array("https://acme.zendesk.com".utf8)

    @Test func `URL-04 a look-alike code point at any position is refused`() {
        let scalars = LookAlikes.all
        #expect(scalars.count >= 525)
        var variants = 0
        for host in ["acme.zendesk.com", "https://acme.zendesk.com/"] {
            let original = Array(host.unicodeScalars)
            for position in original.indices {
                for scalar in scalars {
                    var replaced = original
                    replaced[position] = scalar
                    var inserted = original
                    inserted.insert(scalar, at: position)
                    for variant in [replaced, inserted] {
                        let text = String(String.UnicodeScalarView(variant))
                        if parsedLabel(text) != nil { Issue.record("U+\(String(scalar.value, radix: 16)) accepted") }
                        variants += 1
                    }
                }
                #expect(parsedLabel(host) == "acme")
            }
            for scalar in scalars { #expect(parsedLabel(host + String(scalar)) == nil) }
        }
        #expect(variants == scalars.count * 41 * 2)
    }

    @Test(arguments: ["acme", "acme.zendesk.com", "https://acme.zendesk.com", "https://acme.zendesk.com/"])
    func `URL-06 with any octet inserted, exactly what the grammar says is accepted`(form: String) {
        let octets = Array(form.utf8)
        for position in 0...octets.count {
            for octet in UInt8.min...UInt8.max {
                var variant = octets
                variant.insert(octet, at: position)
                #expect(parsedLabel(variant) == ReferenceGrammar.label(in: variant))
            }
        }
    }

    @Test(arguments: 0...canonical.count)
    func `URL-06 with any pair of octets inserted, exactly what the grammar says is accepted`(position: Int) {
        var variant = Self.canonical
        variant.insert(contentsOf: [0, 0], at: position)
        var tried = 0
        for first in UInt8.min...UInt8.max {
            for second in UInt8.min...UInt8.max {
                variant[position] = first
                variant[position + 1] = second
                let (mine, reference) = (parsedLabel(variant), ReferenceGrammar.label(in: variant))
                if mine != reference { Issue.record("octets \(first), \(second) at \(position)") }
                tried += 1
            }
        }
        #expect(tried == 65_536)
    }

    @Test func `URL-07 URL-09 of 100,000 mutants none is accepted outside the grammar, and accepting is final`() throws
    {
        var mutator = Mutator(corpus: try Self.corpus())
        var accepted = 0
        for _ in 0..<100_000 {
            let mutant = mutator.next()
            let label = parsedLabel(mutant)
            if label != ReferenceGrammar.label(in: mutant) { Issue.record("the two grammars differ: \(mutant)") }
            guard let label else { continue }
            accepted += 1
            let url = try OrganizationURL(parsing: String(decoding: mutant, as: UTF8.self), policy: .zendesk)
            #expect(url.text == "https://\(label).zendesk.com" && url.host == "\(label).zendesk.com")
            #expect(try OrganizationURL(parsing: url.text, policy: .zendesk) == url)
            #expect(try OrganizationURL(subdomain: label, policy: .zendesk) == url)
        }
        #expect(accepted > 5_000, "mutants must stay near the grammar")
        #expect(accepted < 95_000)
    }

    @Test func `URL-10 more than 2,048 octets are refused before anything is looked at`() {
        let host = "https://acme.zendesk.com/"
        let longest = host + String(repeating: "a", count: 2_048 - host.utf8.count)
        #expect(parsedLabel(longest) == "acme")
        #expect(refusal(longest + "a") == .tooLong)
        #expect(refusal(String(repeating: " ", count: 2_045) + "acme") == .tooLong)
        #expect(parsedLabel(String(repeating: " ", count: 2_044) + "acme") == "acme")
        // Fewer than 2,048 characters, but more octets.
        #expect(refusal(String(repeating: "\u{212A}", count: 700)) == .tooLong)
        for filler in ["a", ".", "/", "-", " ", "@", ":", "%", "\u{0}", "acme.zendesk.com"] {
            #expect(refusal(String(repeating: filler, count: 65_536 / filler.utf8.count)) == .tooLong)
        }
    }

    private static func corpus() throws -> [[UInt8]] {
        var texts = [
            "acme", "ACME", " acme ", "a-1", "d3v-acme", "acme.zendesk.com", "https://acme.zendesk.com",
            "HTTPS://ACME.ZENDESK.COM/agent", "https://acme.zendesk.com/agent/tickets/1?x=1#y", "2130706433",
            "0x7f000001", "017700000001", "ab--cd", "abc--d", "https://acme.zendesk.com@evil.com",
            "https://evil.com#.zendesk.com", "acme.zendesk.com:443", "evilzendesk.com", "www.zendesk.com",
            String(repeating: "a", count: 63) + ".zendesk.com",
        ]
        // The built-in forms four times, so that most mutants stay near the grammar.
        texts += texts + texts + texts
        texts += Array((try SharedVectors.inputs("url/urltestdata.json") ?? []).prefix(40))
        return texts.map { Array($0.utf8) }
    }
}
