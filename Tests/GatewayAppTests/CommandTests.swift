import Foundation
import GatewayApp
import Testing

@Suite("Commands, run as users run them")
struct CommandTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func latchkey(
        _ arguments: String..., environment: [String: String] = [:], input: String = ""
    ) async throws -> Executable.Outcome {
        try await Executable.latchkey.run(arguments, environment: environment, input: input, in: scratch)
    }

    @Test("organization-url prints the address, or the code and the sentence")
    func organizationURL() async throws {
        let good = try await latchkey("organization-url", "acme", "https://ACME.zendesk.com/agent/x")
        #expect(good.status == 0)
        #expect(good.output == "https://acme.zendesk.com\nhttps://acme.zendesk.com\n")
        let bad = try await latchkey("organization-url", "https://evil.example")
        #expect(bad.status == 1)
        #expect(bad.output.hasPrefix("organization_url."))
    }

    @Test("organization-url reads one a line and answers a JSON object each")
    func organizationURLJSON() async throws {
        struct Judgement: Decodable {
            let input: String
            let accepted: Bool
            let url, code, message: String?
        }
        let outcome = try await latchkey(
            "organization-url", "--json", environment: ["LATCHKEY_ZENDESK_DOMAIN": "zendesk.localhost:9443"],
            input: "acme\nhttps://acme.zendesk.com\n\n\u{0}\n")
        #expect(outcome.status == 1)
        let answers = try outcome.output.split(separator: "\n").map {
            try JSONDecoder().decode(Judgement.self, from: Data($0.utf8))
        }
        #expect(answers.map(\.accepted) == [true, false, false, false])
        #expect(answers.map(\.input) == ["acme", "https://acme.zendesk.com", "", "\u{0}"])
        #expect(answers[0].url == "https://acme.zendesk.localhost:9443")
        #expect(answers[1].code != nil && answers[1].message?.contains("zendesk.localhost:9443") == true)
    }

    @Test("check-config names every fault at once and exits with 78")
    func checkConfig() async throws {
        let outcome = try await latchkey(
            "check-config",
            environment: [
                "LATCHKEY_HTTP_PORT": "x", "LATCHKEY_PUBLIC_URL": "http://example.com", "LATCHKEY_NONSENSE": "1",
                "LATCHKEY_TEMPLATES": "/nowhere",
            ])
        #expect(outcome.status == 78)
        #expect(outcome.output.isEmpty)
        for name in ["HTTP_PORT", "PUBLIC_URL", "NONSENSE", "TEMPLATES", "ROOT_KEY_FILE", "ZENDESK_CLIENT_ID"] {
            #expect(outcome.errors.contains("LATCHKEY_\(name): "))
        }
        #expect(outcome.errors.contains("latchkey keys init"))
    }

    @Test("check-config says in JSON what is wrong")
    func checkConfigJSON() async throws {
        struct Answer: Decodable {
            struct Fault: Decodable {
                struct Problem: Decodable { let name, message: String }
                let code: String
                let problems: [Problem]
            }
            let error: Fault
        }
        let outcome = try await latchkey("check-config", "--json")
        #expect(outcome.status == 78)
        let answer = try JSONDecoder().decode(Answer.self, from: Data(outcome.output.utf8))
        #expect(answer.error.code == "settings.invalid")
        #expect(answer.error.problems.contains { $0.name == "LATCHKEY_ZENDESK_CLIENT_ID" })
    }

    @Test("check-config is content with good settings and changes nothing")
    func checkConfigGood() async throws {
        let outcome = try await latchkey("check-config", environment: scratch.goodEnvironment())
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("http://localhost:8080/oauth/callback"))
        #expect(!scratch.exists("latchkey.sqlite"))
    }

    @Test("keys init makes the root key once and never again")
    func keysInit() async throws {
        let first = try await latchkey("keys", "init")
        #expect(first.status == 0, "\(first.errors)")
        let attributes = try FileManager.default.attributesOfItem(atPath: scratch.path + "/var/root.key")
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        let key = scratch.text("var/root.key")
        let second = try await latchkey("keys", "init")
        #expect(second.status == 1)
        #expect(second.errors.contains("left as it is"))
        #expect(scratch.text("var/root.key") == key)
        #expect(!scratch.exists("var/latchkey.sqlite"))
    }

    @Test("keys init does not hide that the root key of a used database is lost")
    func keysInitBesideData() async throws {
        let gateway = try await RunningGateway(in: scratch)
        gateway.program.signal(SIGTERM)
        #expect(await gateway.program.status() == 0)
        try FileManager.default.moveItem(atPath: scratch.path + "/root.key", toPath: scratch.path + "/backup.key")
        let outcome = try await gateway.command("keys", "init")
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("Restore the root key"))
        #expect(!scratch.exists("root.key"))
    }

    @Test("commands never make a database by accident (ST-08)")
    func missingDatabase() async throws {
        let environment = try scratch.goodEnvironment()
        for arguments in [
            ["sign-in-link"], ["api-keys", "list"], ["keys", "list"], ["connections", "list"], ["audit", "export"],
            ["api-keys", "create", "--name", "n", "--scopes", "connect"],
        ] {
            let outcome = try await Executable.latchkey.run(arguments, environment: environment, in: scratch)
            #expect(outcome.status == 2, "\(arguments)")
            #expect(outcome.errors.contains("There is no database"))
        }
        #expect(!scratch.exists("latchkey.sqlite"))
    }

    @Test("migrate makes the database; api-keys are made, listed and revoked")
    func apiKeys() async throws {
        let environment = try scratch.goodEnvironment()
        #expect(try await latchkey("migrate", environment: environment).status == 0)
        let made = try await latchkey(
            "api-keys", "create", "--name", "crm", "--scopes", "connect,connections:read", "--tenant", "t1",
            environment: environment)
        #expect(made.status == 0, "\(made.errors)")
        #expect(made.lastLine.hasPrefix("lk_") && made.lastLine.count == 46)
        let listed = try await latchkey("api-keys", "list", "--json", environment: environment)
        #expect(listed.output.contains("\"scopes\":[\"connect\",\"connections:read\"]"))
        #expect(!listed.output.contains(made.lastLine))
        let id = try #require(listed.output.firstMatch(of: /key_[0-9a-z]{26}/)).0
        let unasked = try await latchkey("api-keys", "revoke", String(id), environment: environment)
        #expect(unasked.status == 64)
        let revoke = ["api-keys", "revoke", String(id), "--yes"]
        #expect(try await Executable.latchkey.run(revoke, environment: environment, in: scratch).status == 0)
        #expect(try await Executable.latchkey.run(revoke, environment: environment, in: scratch).status == 1)
    }

    @Test("sign-in-link stands alone on the last line and is for the roles asked for")
    func signInLink() async throws {
        let environment = try scratch.goodEnvironment()
        _ = try await latchkey("migrate", environment: environment)
        let link = try await latchkey(
            "sign-in-link", "--role", "support", "--role", "security,connect", environment: environment)
        #expect(link.status == 0, "\(link.errors)")
        #expect(link.lastLine.wholeMatch(of: #/http://localhost:8080/sign-in/lki_[A-Za-z0-9_-]{43}/#) != nil)
        let one = try await latchkey("sign-in-link", "--tenant", "customer", environment: environment)
        #expect(one.output.contains("for tenant customer with connect, until"))
        let json = try await latchkey("sign-in-link", "--json", "--role", "support", environment: environment)
        #expect(json.output.contains("\"roles\":[\"support\"]"))
    }

    @Test(
        "wrong usage ends with 64",
        arguments: [
            ["bogus"], ["serve", "--bogus"], ["sign-in-link", "--role", "king"], ["sign-in-link", "--tenant", "a b"],
            ["api-keys", "create", "--name", "n", "--scopes", "everything"],
            ["api-keys", "create", "--scopes", "connect"],
            ["api-keys", "create", "--name", "n", "--scopes", ","], ["api-keys", "revoke", "nonsense"],
            ["connections", "show", "nonsense"], ["preflight", "a b"], ["audit", "export", "--after", "x"],
        ])
    func wrongUsage(arguments: [String]) async throws {
        let outcome = try await Executable.latchkey.run(
            arguments, environment: scratch.goodEnvironment(), in: scratch)
        #expect(outcome.status == 64, "\(outcome.errors)")
        #expect(outcome.errors.contains("Usage:"))
    }

    @Test("preflight of an unknown connection could not run")
    func preflight() async throws {
        let environment = try scratch.goodEnvironment()
        _ = try await latchkey("migrate", environment: environment)
        let unknown = try await latchkey("preflight", "con_00000000000000000000000000", environment: environment)
        #expect(unknown.status == 2)
        #expect(unknown.errors.contains("no such connection"))
        let show = try await latchkey("connections", "show", "con_00000000000000000000000000", environment: environment)
        #expect(show.status == 1)
    }

    @Test("a file that is no database of ours is left as it is")
    func strangeDatabase() async throws {
        let environment = try scratch.goodEnvironment()
        try scratch.write("latchkey.sqlite", "this is a letter to my aunt, not a database")
        let outcome = try await latchkey("serve", environment: environment)
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains("not an SQLite database"))
        #expect(scratch.text("latchkey.sqlite") == "this is a letter to my aunt, not a database")
    }
}
