import FoundationEssentials
import Gateway
import GatewayCore
import Glibc
import OAuth
import Storage
import StorageSQLite
import TestSupport
import TokenVault
import ZendeskEmulator

/// Durable rotations a second against a stand-in that takes 50 ms, what the schedule costs while nothing is due, and what many
/// connections hold in memory.
struct RefreshBenchmark {
    private static let rotations = (connections: 256, atOnce: 64, seconds: 10)
    private static let looks = 200
    private static let idle = [1_000, 100_000]

    func run() async throws {
        try await rotate()
        for count in Self.idle { try await rest(count) }
    }

    // MARK: Rotations

    private func rotate() async throws {
        let bench = try await Bench(answerTime: .milliseconds(50))
        let names = (0..<Self.rotations.connections).map { "org\($0)" }
        let connections = try await bench.connect(names)
        let end = ContinuousClock.now + .seconds(Self.rotations.seconds)
        let begun = ContinuousClock.now
        let times = await withTaskGroup(of: [Duration].self) { group in
            for worker in 0..<Self.rotations.atOnce {
                let mine = connections.enumerated().filter { $0.offset % Self.rotations.atOnce == worker }.map(
                    \.element)
                group.addTask { await bench.rotate(mine, until: end) }
            }
            return await group.reduce(into: [Duration]()) { $0 += $1 }
        }
        let seconds = (ContinuousClock.now - begun).microseconds / 1e6
        let measured = Times(times)
        let counters = bench.standIn.counters
        try await bench.close()
        print(
            """
            Renewals, every step on disk, a stand-in that takes 50 ms, \(Self.rotations.atOnce) at once
              \((Double(times.count) / seconds).short) a second; one takes \((measured.median / 1000).short) ms at the \
            median, \((measured.at(0.99) / 1000).short) ms at 99 %
              \(counters.rotations) rotations at the stand-in, \(times.count) kept here, \(counters.doubleUses) double uses

            """)
        fflush(nil)
        guard counters.rotations == times.count, counters.doubleUses == 0 else {
            throw BenchmarkFailure("a rotation was lost or doubled")
        }
    }

    // MARK: At rest

    private func rest(_ count: Int) async throws {
        let bench = try await Bench(answerTime: .zero)
        let empty = Self.residentKilobytes()
        try await bench.fill(count)
        let scheduler = RefreshScheduler(bench.refresher)
        _ = try await scheduler.runOnce()
        let processor = Self.processorTime()
        let clock = ContinuousClock()
        var times: [Duration] = []
        for _ in 0..<Self.looks { times.append(try await clock.measure { _ = try await scheduler.runOnce() }) }
        let spent = (Self.processorTime() - processor) / Double(Self.looks)
        let held = Self.residentKilobytes()
        try await bench.close()
        print(
            """
            The schedule with \(count) connections of which none is due
              a look takes \((Times(times).median).short) µs, \(spent.short) µs of processor time; one is made each second
              resident memory grew by \((Double(held - empty) / 1024).short) MiB to \((Double(held) / 1024).short) MiB

            """)
        fflush(nil)
    }

    /// Microseconds of this process, system and user: POSIX counts a million to the second.
    private static func processorTime() -> Double { Double(clock()) }

    private static func residentKilobytes() -> Int {
        guard let status = try? String(contentsOf: URL(filePath: "/proc/self/status"), encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmRSS:") })
        else { return 0 }
        return Int(line.split(separator: " ").dropFirst().first ?? "0") ?? 0
    }
}

/// A store in a file with every commit on disk, a stand-in in the same process, and a refresher between them.
private struct Bench: Sendable {
    let standIn: EmulatorWorld
    let store: SQLiteStore
    let refresher: Refresher
    let broker: TokenBroker
    private let vault: Vault
    private let directory: URL

    init(answerTime: Duration) async throws {
        let clock = SystemClock()
        directory = URL.temporaryDirectory.appendingPathComponent("latchkey-bench-\(UInt64.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
        store = try await SQLiteStore.open(
            path: directory.appendingPathComponent("bench.sqlite").path, createIfMissing: true)
        standIn = EmulatorWorld.seeded(
            clients: [
                EmulatorClient(
                    identifier: SampleGateway.clientID, secret: SampleGateway.clientSecret,
                    redirectURIs: [SampleGateway.redirectURI])
            ])
        vault = Vault(keyring: try await KeyringLoader(store: store, clock: clock).load(rootKey: RootKeys.draw()))
        let credentials = CredentialVault(vault: vault)
        let policy = try HostPolicy(parsing: "zendesk.localhost:9443", usesPlainHTTP: true)
        refresher = .forTests(
            store: store, credentials: credentials, transport: SlowTransport(Bridge(standIn), answerTime),
            zendesk: SampleGateway.zendesk(policy), clock: clock)
        broker = TokenBroker(store: store, credentials: credentials, clock: clock, refresher: refresher)
    }

    func connect(_ names: [String]) async throws -> [Connection] {
        standIn.found(names)
        let granted = GrantedConnections(store: store, vault: vault, standIn: standIn, clock: SystemClock())
        var connections: [Connection] = []
        for name in names { connections.append(try await granted.add(name)) }
        return connections
    }

    /// Renews these one after the other; how long each took.
    func rotate(_ connections: [Connection], until end: ContinuousClock.Instant) async -> [Duration] {
        var times: [Duration] = []
        let clock = ContinuousClock()
        while clock.now < end {
            for connection in connections where clock.now < end {
                let begun = clock.now
                guard (try? await broker.refresh(connection.id, actor: .system)) != nil else { return times }
                times.append(clock.now - begun)
            }
        }
        return times
    }

    /// So many connections that are planned for later, written as a connect writes them.
    func fill(_ count: Int) async throws {
        let now = Date()
        let (access, refresh) = (now.addingTimeInterval(172_800), now.addingTimeInterval(7_776_000))
        let sealed = SystemRandomSource().bytes(230)
        let key = vault.primaryKeyID.description
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<8 {
                group.addTask {
                    for index in stride(from: worker, to: count, by: 8) {
                        let id = ConnectionID(random: SystemRandomSource())
                        let connection = Connection(
                            id: id, tenant: .default, subdomain: "org\(index)", permissionLevel: .read,
                            grantedScopes: ScopeSet(["read"]), status: .active,
                            connectedBy: ZendeskPerson(id: 7, name: "Ada", email: nil, role: "admin"),
                            accountFingerprint: nil, createdAt: now, updatedAt: now, generation: 1,
                            accessTokenExpiresAt: access, refreshTokenExpiresAt: refresh)
                        try await store.saveConnected(
                            connection,
                            credential: SealedCredential(
                                connection: id, generation: 1, accessToken: sealed, refreshToken: sealed, keyID: key),
                            replacing: nil, audit: [])
                        try await store.planRefreshes([
                            RefreshPlan(connection: id, generation: 1, due: now.addingTimeInterval(60_000))
                        ])
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    func close() async throws {
        await refresher.drain()
        try store.close()
        try FileManager.default.removeItem(at: directory)
    }
}

/// Zendesk, some way off.
private struct SlowTransport: HTTPTransport {
    private let next: Bridge
    private let answerTime: Duration

    init(_ next: Bridge, _ answerTime: Duration) {
        self.next = next
        self.answerTime = answerTime
    }

    func send(_ request: OutboundRequest) async throws(TransportFailure) -> OutboundResponse {
        if answerTime > .zero {
            do {
                try await Task.sleep(for: answerTime)
            } catch {
                throw .timedOut
            }
        }
        return try await next.send(request)
    }
}
