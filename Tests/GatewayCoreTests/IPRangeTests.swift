import Testing

@testable import GatewayCore

@Suite struct `Addresses and ranges` {
    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("10.0.0.0/8", "10.1.0.0/16", true),
        ("10.1.0.0/16", "10.0.0.0/8", false), ("192.0.2.7", "192.0.2.7", true), ("192.0.2.7", "192.0.2.6", false),
        ("192.0.2.0/25", "192.0.2.127", true), ("192.0.2.0/25", "192.0.2.128", false), ("0.0.0.0/0", "1.2.3.4", true),
        ("0.0.0.0/0", "::1", false), ("2001:db8::/33", "2001:db8:7fff::1", true),
        ("2001:db8::/33", "2001:db8:8000::1", false), ("::/0", "10.0.0.1", false),
    ])
    func `a range contains what has all of its bits`(range: String, other: String, expected: Bool) throws {
        let (range, other) = (try #require(IPRange(range)), try #require(IPRange(other)))
        #expect(range.contains(other) == expected)
    }

    @Test(arguments: [
        ("2001:db8::a:b:c:d", 64, "2001:db8::/64"), ("2001:db8:1:2:3:4:5:6", 64, "2001:db8:1:2::/64"),
        ("192.0.2.255", 25, "192.0.2.128/25"), ("192.0.2.255", 32, "192.0.2.255"), ("192.0.2.255", 0, "0.0.0.0/0"),
    ])
    func `the network of an address has its first bits and zeros behind them`(
        address: String, length: Int, network: String
    ) throws {
        #expect(try #require(IPRange(address)).network(length).description == network)
    }

    @Test(arguments: [
        ("::ffff:192.0.2.7", "192.0.2.7"), ("::ffff:c000:207", "192.0.2.7"), ("::192.0.2.7", "::192.0.2.7"),
        ("2001:db8::ffff:c000:207", "2001:db8::ffff:c000:207"), ("192.0.2.7", "192.0.2.7"), ("::1", "::1"),
    ])
    func `a mapped IPv4 address is that address, and no other one is`(text: String, expected: String) throws {
        #expect(try #require(IPRange(text)).unmapped.description == expected)
    }
}
