import Foundation
@testable import GatewayApp
import GatewayCore
import Logging
import OAuth
import Testing

@Suite("Settings")
struct SettingsTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test("good settings have no problem and the documented defaults")
    func defaults() throws {
        let settings = try settings(scratch.goodEnvironment())
        #expect(settings.listener.host == "127.0.0.1")
        #expect(settings.listener.publicOrigin.text == "http://localhost:8080")
        #expect(settings.zendesk.policy.domain == "zendesk.com")
        #expect(settings.client.lifetimes.access == 172_800)
        #expect(settings.client.lifetimes.refresh == 7_776_000)
        #expect(settings.site.limitsRates)
        #expect(settings.log.level == .info)
    }

    @Test("every problem is named in one go")
    func allAtOnce() throws {
        let found = try problems(
            [
                "LATCHKEY_HTTP_PORT": "80800", "LATCHKEY_HTTP_TLS_KEY": "/nowhere.pem",
                "LATCHKEY_PUBLIC_URL": "https://latchkey.example/path", "LATCHKEY_DATABASE_URL": "mysql://x",
                "LATCHKEY_ROOT_KEY_FILE": scratch.path + "/none.key", "LATCHKEY_ZENDESK_CLIENT_ID": "",
                "LATCHKEY_ZENDESK_CLIENT_SECRET_FILE": scratch.path + "/none", "LATCHKEY_ZENDESK_DOMAIN": "example.com",
                "LATCHKEY_ZENDESK_ACCESS_TOKEN_LIFETIME": "1", "LATCHKEY_EGRESS_ADDRESSES": "192.0.2.1/24",
                "LATCHKEY_RETURN_ORIGINS": "http://app.example", "LATCHKEY_TEMPLATES": "/nowhere",
                "LATCHKEY_RATE_LIMITS": "maybe", "LATCHKEY_LOG_FORMAT": "xml", "LATCHKEY_HTTP_PROT": "1",
            ], in: scratch)
        #expect(
            Set(found.map(\.name)) == [
                "LATCHKEY_HTTP_PORT", "LATCHKEY_HTTP_TLS_CERTIFICATE", "LATCHKEY_PUBLIC_URL", "LATCHKEY_DATABASE_URL",
                "LATCHKEY_ROOT_KEY_FILE", "LATCHKEY_ZENDESK_CLIENT_ID", "LATCHKEY_ZENDESK_CLIENT_SECRET_FILE",
                "LATCHKEY_ZENDESK_DOMAIN", "LATCHKEY_ZENDESK_ACCESS_TOKEN_LIFETIME", "LATCHKEY_EGRESS_ADDRESSES",
                "LATCHKEY_RETURN_ORIGINS", "LATCHKEY_TEMPLATES", "LATCHKEY_RATE_LIMITS", "LATCHKEY_LOG_FORMAT",
                "LATCHKEY_HTTP_PROT",
            ])
    }

    @Test(
        "each rule refuses what it should and says so by name",
        arguments: [
            (["LATCHKEY_PUBLIC_URL": "http://latchkey.example"], "LATCHKEY_PUBLIC_URL"),
            (["LATCHKEY_PUBLIC_URL": "latchkey.example"], "LATCHKEY_PUBLIC_URL"),
            (["LATCHKEY_PUBLIC_URL": "https://user@latchkey.example"], "LATCHKEY_PUBLIC_URL"),
            (["LATCHKEY_ZENDESK_PLAIN_HTTP": "true"], "LATCHKEY_ZENDESK_PLAIN_HTTP"),
            (["LATCHKEY_ZENDESK_PLAIN_HTTP": "yes"], "LATCHKEY_ZENDESK_PLAIN_HTTP"),
            (["LATCHKEY_ZENDESK_CA_FILE": "/etc/hostname"], "LATCHKEY_ZENDESK_CA_FILE"),
            (["LATCHKEY_RATE_LIMITS": "off", "LATCHKEY_HTTP_HOST": "0.0.0.0"], "LATCHKEY_RATE_LIMITS"),
            (["LATCHKEY_DATABASE_URL": "postgresql://u:hunter2@db/x"], "LATCHKEY_DATABASE_URL"),
            (["LATCHKEY_DATABASE_URL": "sqlite:"], "LATCHKEY_DATABASE_URL"),
            (["LATCHKEY_DATABASE_URL": "sqlite::memory:"], "LATCHKEY_DATABASE_URL"),
            (["LATCHKEY_HTTP_HOST": "not a host"], "LATCHKEY_HTTP_HOST"),
            (["LATCHKEY_HTTP_HOST": "localhost:80"], "LATCHKEY_HTTP_HOST"),
            (["LATCHKEY_HTTP_HOST": "10.0.0.0/8"], "LATCHKEY_HTTP_HOST"),
            (["LATCHKEY_HTTP_PORT": "0"], "LATCHKEY_HTTP_PORT"),
            (["LATCHKEY_ZENDESK_DOMAIN": "evil.example"], "LATCHKEY_ZENDESK_DOMAIN"),
            (["LATCHKEY_ZENDESK_CLIENT_ID": "has space"], "LATCHKEY_ZENDESK_CLIENT_ID"),
            (["LATCHKEY_WEBHOOK_URL": "https://hooks.example"], "LATCHKEY_WEBHOOK_SECRET_FILE"),
            (["LATCHKEY_WEBHOOK_SECRET_FILE": "/etc/hostname"], "LATCHKEY_WEBHOOK_URL"),
            (["LATCHKEY_LOG_LEVEL": "loud"], "LATCHKEY_LOG_LEVEL"),
            (["LATCHKEY_TRUSTED_PROXIES": "proxy.example"], "LATCHKEY_TRUSTED_PROXIES"),
            (["LATCHKEY_TRUSTED_PROXIES": "10.0.0.1/8"], "LATCHKEY_TRUSTED_PROXIES"),
            (["LATCHKEY_TRUSTED_PROXIES": "0.0.0.0/0"], "LATCHKEY_TRUSTED_PROXIES"),
            (["LATCHKEY_TRUSTED_PROXIES": "10.0.0.1, ::/0"], "LATCHKEY_TRUSTED_PROXIES"),
        ] as [([String: String], String)])
    func rules(changes: [String: String], name: String) throws {
        let found = try problems(changes, in: scratch)
        #expect(found.map(\.name) == [name])
        #expect(!found.contains { $0.text.contains("hunter2") })
    }

    @Test("what belongs to a stand-in is allowed under .localhost")
    func standIn() throws {
        let found = try problems(
            [
                "LATCHKEY_ZENDESK_DOMAIN": "zendesk.localhost:9443", "LATCHKEY_ZENDESK_PLAIN_HTTP": "true",
                "LATCHKEY_ZENDESK_CA_FILE": "/etc/hostname", "LATCHKEY_ZENDESK_ACCESS_TOKEN_LIFETIME": "60",
            ], in: scratch)
        #expect(found.isEmpty)
    }

    @Test("a mistyped name is met with the name that was probably meant")
    func typingMistakes() throws {
        let found = try problems(
            ["LATCHKEY_ZENDESK_DOMIAN": "x", "LATCHKEY_ZENDESK_CLIENT_SECRET": "hunter2"], in: scratch)
        #expect(found.count == 2)
        #expect(found.contains { $0.sentence.contains("LATCHKEY_ZENDESK_DOMAIN") })
        #expect(found.contains { $0.sentence.contains("LATCHKEY_ZENDESK_CLIENT_SECRET_FILE") })
        #expect(!found.contains { $0.text.contains("hunter2") })
    }

    @Test("the public URL follows the listener's port when it is not set")
    func publicURLFollows() throws {
        #expect(try settings(scratch.goodEnvironment(port: 9000)).listener.publicOrigin.text == "http://localhost:9000")
    }

    @Test("the environment wins over the file, which may split names as it likes")
    func precedence() throws {
        let file = try scratch.write(
            "latchkey.yaml",
            """
            http: {port: 9001, host: 127.0.0.1}
            log:
              level: debug
            zendesk:
              access_token_lifetime: 3600
              refresh: {token_lifetime: 604800}
            return_origins: [https://one.example, https://two.example]
            """)
        let settings = try settings(scratch.goodEnvironment(port: 9002), file: file)
        #expect(settings.listener.port == 9002)
        #expect(settings.log.level == .debug)
        #expect(settings.client.lifetimes.access == 3600)
        #expect(settings.client.lifetimes.refresh == 604_800)
        #expect(settings.site.returnOrigins.map(\.text) == ["https://one.example", "https://two.example"])
    }

    @Test(
        "a settings file with a fault is refused without quoting it",
        arguments: [
            ("http: {prot: 1}", "http.prot"), ("a: [1, {b: hunter2}]", "a"), ("- just\n- a list", "latchkey.yaml"),
            ("http: {port: 1}\nhttp_port: 2", "http_port"), ("http: [hunter2", "latchkey.yaml"),
        ])
    func badFile(text: String, name: String) throws {
        let file = try scratch.write("latchkey.yaml", text)
        let found = try problems([:], in: scratch, file: file)
        #expect(found.contains { $0.name.hasSuffix(name) })
        #expect(!found.contains { $0.text.contains("hunter2") })
    }

    @Test("a settings file that is not there is a problem")
    func missingFile() throws {
        #expect(try problems([:], in: scratch, file: scratch.path + "/none.yaml").count == 1)
    }

    @Test("a root key file that others may read is refused (CR-26)", arguments: [0o644, 0o640, 0o660, 0o604])
    func rootKeyMode(mode: Int) throws {
        _ = try scratch.goodEnvironment()
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: scratch.path + "/root.key")
        let found = try problems([:], in: scratch)
        #expect(found.map(\.name) == ["LATCHKEY_ROOT_KEY_FILE"])
        #expect(found.first?.sentence.contains("chmod 0600") == true)
    }

    @Test("a secret file with a line that nobody would ever try is refused with a sentence")
    func threeSecrets() throws {
        let file = try scratch.write("three.secrets", "one\ntwo\n\nthree\n")
        let found = try problems(["LATCHKEY_ZENDESK_CLIENT_SECRET_FILE": file], in: scratch)
        #expect(found.map(\.name) == ["LATCHKEY_ZENDESK_CLIENT_SECRET_FILE"])
        #expect(found.first?.sentence.contains("more than two secrets") == true)
        try scratch.write("three.secrets", "one\n\ntwo\n")
        #expect(try problems(["LATCHKEY_ZENDESK_CLIENT_SECRET_FILE": file], in: scratch).isEmpty)
    }

    @Test("WEB-32: whoever is behind a proxy that nobody named is told at every start what that costs")
    func proxies() throws {
        func notices(_ changes: [String: String]) throws -> [String] {
            SettingsNotices.all(try settings(try scratch.goodEnvironment().merging(changes) { _, new in new }))
                .filter { $0.contains("LATCHKEY_TRUSTED_PROXIES") }
        }
        let site = "https://latchkey.example"
        #expect(try notices([:]).isEmpty, "nothing is in between on this machine")
        #expect(try notices(["LATCHKEY_PUBLIC_URL": site]).count == 1)
        let named = ["LATCHKEY_PUBLIC_URL": site, "LATCHKEY_TRUSTED_PROXIES": "127.0.0.1, 2001:db8::/32"]
        #expect(try notices(named).isEmpty)
        let proxies = try settings(try scratch.goodEnvironment().merging(named) { _, new in new }).listener
            .trustedProxies
        #expect(proxies.map(\.description) == ["127.0.0.1", "2001:db8::/32"])
    }

    @Test("without a secret file the client counts as public")
    func publicClient() throws {
        let environment = try scratch.goodEnvironment().filter { $0.key != "LATCHKEY_ZENDESK_CLIENT_SECRET_FILE" }
        #expect(try settings(environment).client.secretFile == nil)
    }

    @Test("a database URL may stand in a file, but not in both places")
    func databaseURLFile() throws {
        let file = try scratch.write("url", "sqlite:\(scratch.path)/other.sqlite\n")
        let found = try problems(["LATCHKEY_DATABASE_URL_FILE": file], in: scratch)
        #expect(found.map(\.name) == ["LATCHKEY_DATABASE_URL_FILE"])
        let alone = try scratch.goodEnvironment().merging(
            ["LATCHKEY_DATABASE_URL_FILE": file, "LATCHKEY_DATABASE_URL": ""]) { _, new in new }
        #expect(try settings(alone).database.path == scratch.path + "/other.sqlite")
    }
}

@Suite("Client secret file")
struct ClientSecretFileTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test("the first line is the current secret, the next one follows")
    func lines() throws {
        let file = try ClientSecretFile(path: scratch.write("secret", "one\r\n\ntwo\n"))
        #expect(file.secrets.map { $0.exposeText() } == ["one", "two"])
    }

    @Test("a bad file leaves the former secret in use", arguments: ["", "\n\n", "no secret here", "\u{0}\u{1}"])
    func reload(text: String) throws {
        let file = try ClientSecretFile(path: scratch.write("secret", "one\n"))
        try scratch.write("secret", text)
        #expect(throws: ClientSecretFileFault.self) { try file.readAgain() }
        #expect(file.secrets.map { $0.exposeText() } == ["one"])
        try scratch.write("secret", "two\n")
        file.activate(try file.readAgain())
        #expect(file.secrets.map { $0.exposeText() } == ["two"])
    }
}
