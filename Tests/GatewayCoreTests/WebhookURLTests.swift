import GatewayCore
import Testing

@Suite("Addresses of receivers") struct WebhookURLTests {
    @Test(arguments: [
        "https://hooks.example", "https://hooks.example/", "https://Hooks.Example:8443/a/b?c=d%20e",
        "http://localhost:9000/x", "http://127.0.0.1/", "https://localhost/", "HTTPS://hooks.example/",
    ])
    func `https anywhere and http on this machine are taken`(_ text: String) throws {
        let url = try #require(WebhookURL(text))
        #expect(url.host == url.host.lowercased())
    }

    @Test(arguments: [
        "", "hooks.example", "http://hooks.example/", "ftp://hooks.example/", "https://", "https:///a",
        "https://user:secret@hooks.example/", "https://hooks.example@evil.example/", "https://hooks.example:0/",
        "https://hooks.example:65536/", "https://hooks.example:+80/", "https://hooks.example:/",
        "https://hooks.example/#a", "https://hooks.example\\@evil.example/", "https://hooks..example/",
        "https://[::1]/", "https://hooks.example/a b", "https://hooks.example/\n", "https://h\u{F6}oks.example/",
        "http://localhost.evil.example/", "http://127.0.0.1.evil.example/", "http://127.1/", "http://0.0.0.0/",
        "javascript:alert(1)", "https://-hooks.example/",
    ])
    func `anything else is refused`(_ text: String) {
        #expect(WebhookURL(text) == nil)
    }

    @Test func `a name that only looks like this machine does not count as it`() throws {
        #expect(try #require(WebhookURL("https://localhost.evil.example/")).isLoopback == false)
        #expect(try #require(WebhookURL("https://LOCALHOST/")).isLoopback)
    }
}
