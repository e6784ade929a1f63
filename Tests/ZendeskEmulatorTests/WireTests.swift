import FoundationEssentials
import Testing

@testable import ZendeskEmulator

@Suite struct `Wire` {
    @Test(arguments: [
        #"{"a":[1,-2.5,true,false,null,"x\n\u00e9\ud83d\ude00"]}"#, "[]", "{}", "\"\"", "0",
    ])
    func `JSON survives reading and printing`(text: String) throws {
        let value = try JSONReader.read(Array(text.utf8))
        #expect(try JSONReader.read(Array(value.rendered.utf8)) == value)
    }

    @Test(arguments: [
        "", "{", "[1,]", "{\"a\":1,\"a\":2}", "nul", "\"\\ud800\"", "1 2", "{\"a\" 1}", "\"\u{1}\"", "+1",
    ])
    func `broken JSON is refused`(text: String) {
        #expect(throws: JSONReader.Refusal.self) { try JSONReader.read(Array(text.utf8)) }
    }

    @Test func `deep nesting is refused instead of followed`() {
        let text = String(repeating: "[", count: 100_000)
        #expect(throws: JSONReader.Refusal.self) { try JSONReader.read(Array(text.utf8)) }
    }

    @Test(arguments: ["%", "%2", "%zz", "%ff"])
    func `broken escapes are refused`(text: String) {
        #expect(PercentCoding.decode(text) == nil)
    }

    @Test func `a plus is a blank, and blanks can be written both ways`() {
        #expect(PercentCoding.decode("a+b%20c") == "a b c")
        #expect(PercentCoding.encode("a b+", spaceAsPlus: true) == "a+b%2B")
    }

    @Test(arguments: [
        (0.0, "Thu, 01 Jan 1970 00:00:00 GMT"), (1_790_000_000.9, "Mon, 21 Sep 2026 14:13:20 GMT"),
    ])
    func `dates of headers have the fixed form`(seconds: Double, text: String) {
        #expect(Date(timeIntervalSince1970: seconds).httpText == text)
    }

    @Test(arguments: [
        ("127.0.0.1", "10.0.0.1 127.0.0.1", true), ("127.0.0.1", "127.*.*.*", true),
        ("192.0.2.77", "192.0.2.64/26", true),
        ("192.0.2.130", "192.0.2.64/26", false), ("127.0.0.1", "0.0.0.0/0", false), ("::1", "::1", true),
        ("127.0.0.1", "", false), ("127.0.0.1", "128.*.*.*", false),
    ])
    func `allowed ranges contain what they should`(address: String, ranges: String, expected: Bool) {
        #expect(IPRanges.contain(address, ranges) == expected)
    }
}
