import AsyncHTTPClient
import Foundation
import GatewayApp
import NIOCore
import NIOHTTP1
import NIOSSL
import Testing

@Suite("Serve")
struct ServeTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func status(_ url: String) async throws -> Int {
        try await Int(HTTPClient.shared.execute(HTTPClientRequest(url: url), timeout: .seconds(60)).status.code)
    }

    @Test("says once that it is ready, serves, and stops in order on SIGTERM or SIGINT", arguments: [SIGTERM, SIGINT])
    func startAndStop(signal: Int32) async throws {
        let gateway = try await RunningGateway(in: scratch)
        #expect(
            gateway.output
                == "latchkey is ready at http://localhost:\(gateway.port) (listening on http://127.0.0.1:\(gateway.port))\n"
        )
        #expect(try await status("http://127.0.0.1:\(gateway.port)/healthz") == 200)
        gateway.program.signal(signal)
        #expect(await gateway.program.status() == 0)
        #expect(
            try await gateway.auditActions() == [
                "data_key.generated", "audit.key_created", "service.started", "service.stopped",
            ])
    }

    @Test("the sign-in link works once, beside the running gateway")
    func signInLink() async throws {
        let gateway = try await RunningGateway(in: scratch)
        let link = try await gateway.command("sign-in-link").lastLine
        let (first, second) = try await HTTPClient.withHTTPClient(
            eventLoopGroup: HTTPClient.defaultEventLoopGroup,
            configuration: .init(redirectConfiguration: .disallow)
        ) { client in
            (
                try await client.execute(HTTPClientRequest(url: link), timeout: .seconds(60)),
                try await client.execute(HTTPClientRequest(url: link), timeout: .seconds(60))
            )
        }
        #expect(first.status == .seeOther && first.headers.first(name: "set-cookie") != nil)
        #expect(second.headers.first(name: "set-cookie") == nil)
        #expect(!gateway.log.contains("lki_"))
    }

    @Test("the process guards its memory: nobody attaches, nothing is dumped, keys are locked (CR-31, CR-32)")
    func hygiene() async throws {
        let gateway = try await RunningGateway(in: scratch)
        #expect(gateway.log.contains("process hardened core_dumps=off dumpable=false secure_heap="))
        let limits = try String(contentsOfFile: "/proc/\(gateway.program.identifier)/limits", encoding: .utf8)
        #expect(limits.contains(#/Max core file size\s+0\s+0/#))
        let attributes = try FileManager.default.attributesOfItem(atPath: scratch.path + "/latchkey.sqlite")
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }

    @Test("a forced abort leaves no core file (CR-32)")
    func abort() async throws {
        let gateway = try await RunningGateway(in: scratch)
        gateway.program.signal(SIGABRT)
        #expect(await gateway.program.status() == SIGABRT)
        let files = try FileManager.default.contentsOfDirectory(atPath: scratch.path)
        #expect(!files.contains { $0.hasPrefix("core") })
    }

    @Test("SIGHUP reads the client secret again, and a bad file changes nothing")
    func reload() async throws {
        let gateway = try await RunningGateway(in: scratch)
        try scratch.write("client.secret", "first-secret\nnext-secret\n")
        gateway.program.signal(SIGHUP)
        try await eventually("the good file was not taken") {
            gateway.log.contains("was read again, but no organization could be asked about it")
        }
        try scratch.write("client.secret", "")
        gateway.program.signal(SIGHUP)
        try await eventually("the bad file was not reported") { gateway.log.contains("the former secret stays in use") }
        #expect(try await status("http://127.0.0.1:\(gateway.port)/healthz") == 200)
        #expect(!gateway.log.contains("first-secret"))
    }

    @Test("a port that is taken is said in a sentence, with exit status 2")
    func portTaken() async throws {
        let gateway = try await RunningGateway(in: scratch)
        let outcome = try await gateway.command("serve")
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains("Another program listens on 127.0.0.1:\(gateway.port) already."))
        #expect(try await gateway.auditActions().filter { $0 == "service.started" }.count == 1)
    }

    @Test(
        "a host that is none of this machine is said in a sentence, with exit status 2",
        arguments: ["nope.invalid", "192.0.2.1"])
    func strangeHost(host: String) async throws {
        let environment = try scratch.goodEnvironment().merging(["LATCHKEY_HTTP_HOST": host]) { _, new in new }
        let outcome = try await Executable.latchkey.run(["serve"], environment: environment, in: scratch)
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains("LATCHKEY_HTTP_HOST"))
    }

    @Test("killed at once and started again, it has everything it had (ST-03)")
    func killAndRestart() async throws {
        let gateway = try await RunningGateway(in: scratch)
        let key = try await gateway.command("api-keys", "create", "--name", "n", "--scopes", "connect")
        #expect(key.status == 0)
        gateway.program.signal(SIGKILL)
        #expect(await gateway.program.status() == SIGKILL)
        let again = try await RunningGateway(in: scratch)
        #expect(try await again.command("api-keys", "list").output.contains("connect"))
        // A port of its own is another configuration.
        let actions = try await again.auditActions().filter { $0 != "configuration.changed" }
        #expect(
            actions == [
                "data_key.generated", "audit.key_created", "service.started", "api_key.created", "service.started",
            ])
    }

    @Test("the wrong root key is refused before anything is served (CR-25)")
    func wrongRootKey() async throws {
        let gateway = try await RunningGateway(in: scratch)
        gateway.program.signal(SIGTERM)
        _ = await gateway.program.status()
        try FileManager.default.removeItem(atPath: scratch.path + "/root.key")
        try NewRootKey.make(at: scratch.path + "/root.key")
        let outcome = try await gateway.command("serve")
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains("root key is not the one"))
        #expect(outcome.output.isEmpty)
    }

    @Test("without a root key nothing is made, and the remedy is named")
    func missingRootKey() async throws {
        var environment = try scratch.goodEnvironment()
        environment["LATCHKEY_ROOT_KEY_FILE"] = scratch.path + "/none.key"
        let outcome = try await Executable.latchkey.run(["serve"], environment: environment, in: scratch)
        #expect(outcome.status == 78)
        #expect(outcome.errors.contains("latchkey keys init"))
        #expect(!scratch.exists("latchkey.sqlite") && !scratch.exists("none.key"))
    }

    @Test("logs JSON when asked to")
    func jsonLog() async throws {
        let gateway = try await RunningGateway(in: scratch, changes: ["LATCHKEY_LOG_FORMAT": "json"])
        for line in gateway.log.split(separator: "\n") {
            #expect(throws: Never.self) { try JSONDecoder().decode([String: String].self, from: Data(line.utf8)) }
        }
    }
}

@Suite("Serve over TLS")
struct ServeTLSTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test("speaks HTTP/2 and HTTP/1.1 on one port")
    func protocols() async throws {
        let pair = try await TestCertificate(in: scratch, name: "good", days: 2)
        let gateway = try await RunningGateway(in: scratch, changes: pair.settings)
        #expect(gateway.output.contains("https://localhost:\(gateway.port)"))
        for (version, expected) in [
            (HTTPClient.Configuration.HTTPVersion.automatic, HTTPVersion.http2), (.http1Only, .http1_1),
        ] {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .file(pair.certificate)
            var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
            configuration.httpVersion = version
            let answer = try await HTTPClient.withHTTPClient(
                eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: configuration
            ) { client in
                try await client.execute(
                    HTTPClientRequest(url: "https://localhost:\(gateway.port)/healthz"), timeout: .seconds(60))
            }
            #expect(answer.status == .ok && answer.version == expected)
        }
    }

    @Test("files that are no pair, an expired certificate and unreadable files are named")
    func badFiles() async throws {
        let good = try await TestCertificate(in: scratch, name: "good", days: 2)
        let other = try await TestCertificate(in: scratch, name: "other", days: 2)
        let expired = try await TestCertificate(in: scratch, name: "expired", days: -1)
        let cases: [(String, String, String)] = [
            (good.certificate, other.key, "does not belong"), (expired.certificate, expired.key, "has expired"),
            ("/nowhere", good.key, "no readable certificate"),
            (good.certificate, "/nowhere", "no readable private key"),
            (good.key, good.certificate, "no readable certificate"),
        ]
        for (certificate, key, words) in cases {
            let found = try problems(
                ["LATCHKEY_HTTP_TLS_CERTIFICATE": certificate, "LATCHKEY_HTTP_TLS_KEY": key], in: scratch)
            #expect(found.count == 1 && found.first?.sentence.contains(words) == true, "\(found)")
        }
    }

    @Test("a public address without https does not go with TLS")
    func publicURL() async throws {
        let good = try await TestCertificate(in: scratch, name: "good", days: 2)
        let found = try problems(
            good.settings.merging(["LATCHKEY_PUBLIC_URL": "http://localhost:8080"]) { _, new in new }, in: scratch)
        #expect(found.map(\.name) == ["LATCHKEY_PUBLIC_URL"])
    }
}
