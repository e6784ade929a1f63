import Foundation
import Gateway
import GatewayCore
import GatewayWeb
import Hummingbird
import Logging
import NIOCore
import Storage
import StorageSQLite
import TestSupport
import TokenVault
import ZendeskEmulator

/// `POST /v1/connections/{id}/access-token` over HTTP: key looked up, record opened, lease and audit entry on disk, JSON
/// answered. Beside it, in turn, a bare answer of the same size from the same framework in the same process.
struct HandOffBenchmark {
    private static let (connections, atOnce, rounds) = (1000, 64, 3)
    private static let duration = Duration.seconds(5)

    func run() async throws {
        let directory = URL.temporaryDirectory.appendingPathComponent("latchkey-bench-\(UInt64.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: directory) }
        let store = try await SQLiteStore.open(
            path: directory.appendingPathComponent("bench.sqlite").path, createIfMissing: true)
        let gateway = try await BenchGateway(store: store, transport: Bridge(EmulatorWorld.seeded(clients: [])))
        let requests = try await requests(gateway, store)
        try await serve(gateway.web) { port, barePort in
            try await measure(port, barePort, requests)
        }
        try store.close()
    }

    private func measure(_ port: Int, _ barePort: Int, _ requests: [[UInt8]]) async throws {
        let bare = Array("GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer x\r\n\r\n".utf8)
        var (tokens, comparison): ([RawLoad.Outcome], [RawLoad.Outcome]) = ([], [])
        for round in 0...Self.rounds {
            let answered = try await RawLoad.run(port: barePort, connections: Self.atOnce, for: Self.duration) { _ in
                bare
            }
            let handed = try await RawLoad.run(port: port, connections: Self.atOnce, for: Self.duration) {
                requests[($0 &* 7919) % requests.count]
            }
            guard handed.others == 0, answered.others == 0 else { throw BenchmarkFailure("an answer was no 200") }
            // The first round warms both up.
            guard round > 0 else { continue }
            tokens.append(handed)
            comparison.append(answered)
        }
        report(tokens, comparison)
    }

    private func report(_ tokens: [RawLoad.Outcome], _ bare: [RawLoad.Outcome]) {
        print("Token hand-offs over HTTP at \(Self.atOnce) connections, each with its audit entry on disk")
        for (name, outcomes) in [("a bare answer of the same size", bare), ("access tokens", tokens)] {
            let times = Times(outcomes.flatMap(\.times))
            print(
                "  \(name): \(Int(Self.median(outcomes))) a second, median \((times.median / 1000).hundredths) ms, "
                    + "99 % \((times.at(0.99) / 1000).hundredths) ms")
        }
        print("  ratio: \((Self.median(tokens) / Self.median(bare)).hundredths) (goal 0.70, 99 % under 20 ms)\n")
    }

    private static func median(_ outcomes: [RawLoad.Outcome]) -> Double {
        outcomes.map(\.perSecond).sorted()[outcomes.count / 2]
    }

    /// One for each connection, with one of sixteen keys.
    private func requests(_ gateway: BenchGateway, _ store: SQLiteStore) async throws -> [[UInt8]] {
        var keys: [String] = []
        for number in 0..<16 {
            let (_, token) = try await gateway.web.apiKeys.create(
                name: "bench \(number)", scopes: [.credentialsRead], tenant: nil, actor: .commandLine)
            keys.append(token.secret.exposeText())
        }
        var requests: [[UInt8]] = []
        for number in 0..<Self.connections {
            let id = try await gateway.connect("org\(number)", in: store)
            requests.append(
                Array(
                    """
                    POST /v1/connections/\(id.text)/access-token HTTP/1.1\r
                    Host: localhost\r
                    Authorization: Bearer \(keys[number % keys.count])\r
                    Content-Length: 0\r
                    \r

                    """.utf8))
        }
        return requests
    }

    private func serve(
        _ web: WebDependencies, _ body: @escaping @Sendable (Int, Int) async throws -> Void
    ) async throws {
        let bare = Router(context: BasicRequestContext.self)
        let answer = ByteBuffer(repeating: UInt8(ascii: "x"), count: 420)
        bare.get("/") { _, _ in
            Response(status: .ok, headers: [.contentType: "application/json"], body: .init(byteBuffer: answer))
        }
        let (ports, announce) = AsyncStream<Int>.makeStream()
        let (barePorts, announceBare) = AsyncStream<Int>.makeStream()
        let gateway = Application(
            router: try makeRouter(web), configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { announce.yield($0.localAddress?.port ?? 0) }, logger: web.logger)
        let comparison = Application(
            router: bare, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { announceBare.yield($0.localAddress?.port ?? 0) }, logger: web.logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await gateway.run() }
            group.addTask { try await comparison.run() }
            defer { group.cancelAll() }
            guard let port = await ports.first(where: { _ in true }),
                let barePort = await barePorts.first(where: { _ in true })
            else { return }
            try await body(port, barePort)
        }
    }
}
