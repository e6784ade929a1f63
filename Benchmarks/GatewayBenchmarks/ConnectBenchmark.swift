import AsyncHTTPClient
import FoundationEssentials
import Gateway
import GatewayCore
import GatewayWeb
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import OAuth
import Storage
import StorageSQLite
import Synchronization
import TestSupport
import TokenVault
import ZendeskEmulator

/// `POST /connect` and the callback over HTTP against a database file with every commit on disk; the time that the stand-in
/// Zendesk takes is counted and taken off.
struct ConnectBenchmark {
    private static let journeys = 150
    private static let origin = BenchGateway.origin

    func run() async throws {
        let directory = URL.temporaryDirectory.appendingPathComponent("latchkey-bench-\(UInt64.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
        let store = try await SQLiteStore.open(
            path: directory.appendingPathComponent("bench.sqlite").path, createIfMissing: true)
        let result = try await measure(store)
        try store.close()
        try FileManager.default.removeItem(at: directory)
        report(result)
    }

    struct Result: Sendable {
        var bare: [Duration] = []
        var start: [Duration] = []
        var callback: [Duration] = []
        var callbackWhole: [Duration] = []
    }

    private func report(_ result: Result) {
        print("A connect over HTTP, \(Self.journeys) journeys one after the other, every commit on disk (milliseconds)")
        let rows: [(String, [Duration])] = [
            ("GET /healthz, for comparison", result.bare), ("POST /connect", result.start),
            ("callback without Zendesk's time", result.callback),
            ("callback with the stand-in's time, in the same process", result.callbackWhole),
        ]
        for (name, times) in rows {
            let times = Times(times)
            print(
                "  \(name): median \((times.median / 1000).hundredths), 90 % \((times.at(0.9) / 1000).hundredths), "
                    + "99 % \((times.at(0.99) / 1000).hundredths)")
        }
        print("")
    }

    private func measure(_ store: SQLiteStore) async throws -> Result {
        let standIn = EmulatorWorld.seeded(
            clients: [
                EmulatorClient(
                    identifier: "latchkey", secret: "secret", redirectURIs: [Self.origin + "/oauth/callback"])
            ])
        standIn.change { $0.organizations["acme"]?.switches.rateLimit = 1_000_000 }
        let transport = TimedTransport(Bridge(standIn))
        let web = try await BenchGateway(store: store, transport: transport, streaming: transport.streaming).web
        let (ports, announce) = AsyncStream<Int>.makeStream()
        let application = Application(
            router: try makeRouter(web), configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { announce.yield($0.localAddress?.port ?? 0) }, logger: web.logger)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.run() }
            defer { group.cancelAll() }
            for await port in ports {
                return try await journeys(port: port, web, standIn, transport)
            }
            return Result()
        }
    }

    private func journeys(
        port: Int, _ web: WebDependencies, _ standIn: EmulatorWorld, _ transport: TimedTransport
    ) async throws -> Result {
        var result = Result()
        let clock = ContinuousClock()
        for index in 0..<Self.journeys {
            // A tenant of its own for each journey, so that every one is a first connect.
            let visitor = BenchVisitor(port: port)
            let tenant = TenantID("bench-\(index)") ?? .default
            let (link, _) = try await web.consoleAccess.createSignInLink(
                tenant: tenant, roles: [.connect], actor: .commandLine)
            _ = try await visitor.get("/sign-in/" + link.secret.exposeText())
            result.bare.append(try await clock.measure { _ = try await visitor.get("/healthz") })
            let token = try await visitor.get("/connect").field("form_token")
            let form = "organization_url=acme&permission_level=read&form_token=\(token)"
            let begun = clock.now
            let departure = try await visitor.post("/connect", form)
            result.start.append(clock.now - begun)
            guard let location = departure.location, let back = standIn.approve(location) else {
                throw BenchmarkFailure("the stand-in did not approve")
            }
            let before = transport.spent
            let arrived = clock.now
            let answer = try await visitor.get(String(back.dropFirst(Self.origin.count)))
            let whole = clock.now - arrived
            guard answer.location?.hasPrefix("/connections/") == true else {
                throw BenchmarkFailure("a callback did not connect")
            }
            result.callbackWhole.append(whole)
            result.callback.append(whole - (transport.spent - before))
        }
        return result
    }
}

/// Adds up the time in which at least one call is under way: calls run side by side.
final class TimedTransport: HTTPTransport {
    private struct State {
        var underWay = 0
        var since = ContinuousClock.now
        var total = Duration.zero
    }

    private let next: Bridge
    private let state = Mutex(State())

    init(_ next: Bridge) { self.next = next }

    var streaming: any StreamingTransport { next }

    var spent: Duration { state.withLock(\.total) }

    func send(_ request: OutboundRequest) async throws(TransportFailure) -> OutboundResponse {
        state.withLock { state in
            if state.underWay == 0 { state.since = .now }
            state.underWay += 1
        }
        defer {
            state.withLock { state in
                state.underWay -= 1
                if state.underWay == 0 { state.total += .now - state.since }
            }
        }
        return try await next.send(request)
    }
}

struct BenchmarkFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
