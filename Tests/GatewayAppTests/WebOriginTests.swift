import GatewayApp
import GatewayCore
import Testing

@Suite("Web origins and address ranges")
struct WebOriginTests {
    @Test(
        "an origin is taken in the one way that browsers compare",
        arguments: [
            ("https://latchkey.example", "https://latchkey.example"),
            ("https://Latchkey.Example:443/", "https://latchkey.example"),
            ("HTTP://LOCALHOST:8080", "http://localhost:8080"), ("http://127.0.0.1:80", "http://127.0.0.1"),
            ("https://[::1]:8443", "https://[::1]:8443"),
            ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ])
    func accepted(text: String, origin: String) throws {
        #expect(try WebOrigin(parsing: text).text == origin)
    }

    @Test(
        "what is more, less or other than an origin is refused",
        arguments: [
            "", "latchkey.example", "ftp://latchkey.example", "https://", "https:///", "https://a/b", "https://a//",
            "https://a?b", "https://a#b", "https://u@a", "https://u:p@a", "https://a:0", "https://a:65536",
            "https://a:", "https://a:08", "https://a b", "https://a\n", "https://-a.example", "https://a..b",
            "https://bücher.example", "https://[::1", "https://[nonsense]", "https://[127.0.0.1]", "https://a\\b",
        ])
    func refused(text: String) {
        #expect(throws: WebOriginFault.self) { try WebOrigin(parsing: text) }
    }

    @Test(
        "loopback is what never leaves the machine",
        arguments: [
            ("http://localhost", true), ("http://a.localhost", true), ("http://127.9.9.9", true),
            ("http://[::1]", true),
            ("http://localhost.example", false), ("http://127.0.0.1.example", false), ("http://128.0.0.1", false),
            ("http://notlocalhost", false), ("http://0.0.0.0", false),
        ])
    func loopback(text: String, isLoopback: Bool) throws {
        #expect(try WebOrigin(parsing: text).isLoopback == isLoopback)
    }

    @Test("addresses and ranges parse", arguments: ["192.0.2.7", "192.0.2.0/24", "0.0.0.0/0", "2001:db8::/32", "::1"])
    func ranges(text: String) {
        #expect(IPRange(text) != nil)
    }

    @Test(
        "what is no address or does not say what it covers is refused",
        arguments: [
            "", "192.0.2", "192.0.2.7/24", "192.0.2.0/33", "192.0.2.0/", "192.0.2.0/024", "2001:db8::1/32", "a/8",
        ])
    func badRanges(text: String) {
        #expect(IPRange(text) == nil)
    }
}
