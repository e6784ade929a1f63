import Foundation
import Gateway
import GatewayCore
import Preflight
import Storage
import StorageSQLite
import TestSupport
import Testing
import ZendeskEmulator

@Suite("OA-48 canaries") struct CanaryTests {
    @Test func `no secret of a connect stands in anything that can be printed`() async throws {
        try await withGateway { gateway in
            let opened = try await gateway.signIn()
            let departure = try await gateway.begin(in: opened.session)
            let query = try gateway.approve(departure)
            let arrival = ConnectFlow.Arrival(
                query: query, browser: { _ in departure.browser }, session: opened.session)
            let connected = try await gateway.connectFlow.complete(arrival)
            let report = try await gateway.diagnostics.run(connected.connection, actor: .system)
            let canaries = try canaries(gateway, query, [departure.browser, opened.token])
            let printed = [
                Rendering.of(arrival), Rendering.of(connected), Rendering.of(departure), Rendering.of(opened),
                Rendering.of(report), String(decoding: try report.json(), as: UTF8.self),
                Rendering.of(try await gateway.disconnect.run(connected.connection, actor: .system)),
                Rendering.of(try await gateway.audit), Rendering.of(gateway.connectFlow),
            ].joined()
            for (name, canary) in canaries { #expect(!printed.contains(canary), "\(name) was printed") }
        }
    }

    @Test(arguments: [
        Fault(.status, path: "/oauth/tokens", status: 400, body: #"{"error":"invalid_grant"}"#),
        Fault(.malformed, path: "/oauth/tokens"), Fault(.dropAfter, path: "/oauth/tokens"),
        Fault(.status, path: "/api/v2/users/me", status: 403), Fault(.html, path: "/api/v2/users/me"),
    ])
    func `no secret stands in what a failed connect throws or records`(_ fault: Fault) async throws {
        try await withGateway { gateway in
            gateway.standIn.queue(fault)
            let departure = try await gateway.begin(in: try await gateway.signIn().session)
            let query = try gateway.approve(departure)
            await #expect(throws: (any Error).self) {
                do {
                    _ = try await gateway.complete(query, from: departure)
                } catch {
                    let canaries = try canaries(gateway, query, [departure.browser])
                    let printed =
                        Rendering.of(error) + error.localizedDescription
                        + Rendering.of(try await gateway.audit)
                    for (name, canary) in canaries { #expect(!printed.contains(canary), "\(name) was printed") }
                    throw error
                }
            }
        }
    }

    @Test func `CR-40 no secret stands in the database file, before or after a disconnect`() async throws {
        let directory = URL.temporaryDirectory.appendingPathComponent("latchkey-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: directory, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(at: directory) }
        let store = try await SQLiteStore.open(
            path: directory.appendingPathComponent("latchkey.sqlite").path, createIfMissing: true)
        try await withGateway(store: store) { gateway in
            let opened = try await gateway.signIn()
            let departure = try await gateway.begin(in: opened.session)
            let waiting = try gateway.approve(try await gateway.begin(in: opened.session))
            let query = try gateway.approve(departure)
            let connection = try await gateway.complete(query, from: departure).connection
            let canaries =
                try canaries(gateway, query, [departure.browser, opened.token])
                + [("another state", try #require(parameter("state", of: waiting)))]
            try expectNone(canaries, in: directory)
            _ = try await gateway.disconnect.run(connection, actor: .system)
            try expectNone(canaries, in: directory)
        }
        try store.close()
    }

    private func expectNone(_ canaries: [(String, String)], in directory: URL) throws {
        let files = try FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)
        #expect(!files.isEmpty)
        for file in files {
            let bytes = try Data(contentsOf: file)
            for (name, canary) in canaries {
                #expect(bytes.firstRange(of: Data(canary.utf8)) == nil, "\(name) is in \(file.lastPathComponent)")
            }
        }
    }

    /// Everything secret that this connect has met, by name.
    private func canaries(
        _ gateway: SampleGateway, _ query: String, _ cookies: [BearerToken]
    ) throws -> [(String, String)] {
        let exchange = try #require(gateway.transport.calls(to: "/oauth/tokens").first)
        let sent = try object(Array((exchange.request.body?.exposeText() ?? "").utf8))
        var canaries = [
            ("code", try #require(parameter("code", of: query))),
            ("state", try #require(parameter("state", of: query))),
            ("verifier", try #require(sent["code_verifier"])), ("client secret", SampleGateway.clientSecret),
        ]
        let received = exchange.response.flatMap { try? object($0.body) } ?? [:]
        for name in ["access_token", "refresh_token"] {
            if let token = received[name] { canaries.append((name, token)) }
        }
        canaries += gateway.standIn.liveTokens("acme").map { ("live token", $0.accessToken) }
        return canaries + cookies.map { ("cookie", $0.secret.exposeText()) }
    }

    private func object(_ body: [UInt8]) throws -> [String: String] {
        let parsed = try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]
        return (parsed ?? [:]).compactMapValues { $0 as? String }
    }
}
