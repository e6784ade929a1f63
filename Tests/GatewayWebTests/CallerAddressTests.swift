import GatewayCore
import TestSupport
import Testing

@testable import GatewayWeb

@Suite struct `Where a request comes from` {
    private static let proxies = ["10.0.0.0/8", "2001:db8:ffff::/48", "192.0.2.1"].compactMap { IPRange($0) }

    @Test(
        arguments: [
            // Nobody in between, or nobody of ours: the header is anybody's word.
            ("203.0.113.7", [], "203.0.113.7"), ("203.0.113.7", ["198.51.100.9"], "203.0.113.7"),
            ("2001:db8:fffe::1", ["198.51.100.9"], "2001:db8:fffe::1"), ("unknown", ["198.51.100.9"], "unknown"),
            // One proxy of ours, and several in a row.
            ("10.1.2.3", ["198.51.100.9"], "198.51.100.9"), ("192.0.2.1", ["198.51.100.9, 10.0.0.2"], "198.51.100.9"),
            ("2001:db8:ffff::1", ["2600:3c00::7"], "2600:3c00::7"),
            ("10.1.2.3", ["198.51.100.9", "10.0.0.2"], "198.51.100.9"),
            // What a caller wrote in itself stands to the left of what the proxy saw.
            ("10.1.2.3", ["127.0.0.1, 10.9.9.9, 198.51.100.9"], "198.51.100.9"),
            ("10.1.2.3", ["x, 198.51.100.9"], "198.51.100.9"),
            ("10.1.2.3", ["198.51.100.9, 203.0.113.7"], "203.0.113.7"),
            // A proxy that says nothing, or nothing that is an address.
            ("10.1.2.3", [], "10.1.2.3"), ("10.1.2.3", ["unknown"], "10.1.2.3"),
            ("10.1.2.3", ["10.0.0.0/8"], "10.1.2.3"),
            ("10.1.2.3", ["198.51.100.9, x, 10.0.0.2"], "10.0.0.2"), ("10.1.2.3", [" , "], "10.1.2.3"),
            // Ways of writing.
            ("::ffff:10.1.2.3", ["::ffff:198.51.100.9"], "198.51.100.9"), ("::ffff:203.0.113.7", [], "203.0.113.7"),
            ("10.1.2.3", ["198.51.100.9:4711"], "198.51.100.9"), ("10.1.2.3", ["[2600:3c00::7]:443"], "2600:3c00::7"),
            ("10.1.2.3", ["[2600:3c00::7]"], "2600:3c00::7"), ("10.1.2.3", ["2600:3C00:0::7"], "2600:3c00::7"),
        ] as [(String, [String], String)])
    func `WEB-32 only proxies of ours are believed, and only about whom they heard from`(
        peer: String, fields: [String], expected: String
    ) {
        let address = CallerAddress(trustedProxies: Self.proxies)
        #expect(address.address(peer: peer, forwardedFor: fields) == expected, "\(peer) \(fields)")
    }

    @Test func `WEB-32 WEB-41 behind a proxy of ours one stranger uses up nobody else's limit`() async throws {
        let proxy = try #require(IPRange("127.0.0.1"))
        try await WebWorld(trustedProxies: [proxy], limitsRates: true).serve { site in
            let mine = try await site.tryLinks(from: Array(repeating: "203.0.113.7", count: 21))
            #expect(mine == Array(repeating: 410, count: 20) + [429])
            // What it says before its address is its own word.
            let others = try await site.tryLinks(from: ["10.0.0.1, 203.0.113.7", "203.0.113.8"])
            #expect(others == [429, 410])
        }
    }

    @Test func `WEB-32 nobody who is no proxy of ours gets a limit of its own by saying so`() async throws {
        try await WebWorld(limitsRates: true).serve { site in
            let answers = try await site.tryLinks(from: (0...20).map { "203.0.113.\($0)" })
            #expect(answers == Array(repeating: 410, count: 20) + [429])
        }
    }
}

extension Site {
    fileprivate func tryLinks(from addresses: [String]) async throws -> [Int] {
        var answers: [Int] = []
        for address in addresses {
            answers.append(try await send("GET", "/sign-in/lki_wrong", [("X-Forwarded-For", address)]).status)
        }
        return answers
    }
}
