import Foundation
import Gateway
import GatewayCore
import OAuth
import Storage
import StorageSQLite
import Synchronization
import TestSupport
import TokenVault
import ZendeskEmulator

/// Token reads as the API does them (key, connection, open, lease and audit entry durable) at half the measured capacity,
/// before a reseal and during it.
struct ResealUnderLoad {
    private static let callers = 16
    private static let seconds = 6.0

    let material: ResealMaterial
    let place: BenchPlace

    func run() async throws {
        let path = try place.copy("prepared", as: "loaded")
        let store = try await SQLiteStore.open(path: path, createIfMissing: false)
        defer { try? store.close() }
        let rotation = try await material.rotation(store)
        let keyring = try await LiveKeyring(store: store, rootKey: material.rootKey, clock: SystemClock())
        let reader = try await Reader(store, keyring: keyring)
        let capacity = try await reader.capacity(callers: Self.callers, seconds: Self.seconds / 2)
        let before = await reader.steady(rate: capacity / 2, callers: Self.callers) { elapsed in
            elapsed < Self.seconds
        }
        let isOver = Mutex(false)
        async let during = reader.steady(rate: capacity / 2, callers: Self.callers) { _ in
            !isOver.withLock { $0 }
        }
        try await Self.beat(store, keyring)
        let heart = Task {
            while !Task.isCancelled {
                try await Self.beat(store, keyring)
                try await Task.sleep(for: .seconds(1))
            }
        }
        defer { heart.cancel() }
        let clock = ContinuousClock()
        let begun = clock.now
        let resealed = try await rotation.reseal(actor: .system)
        let took = (clock.now - begun).microseconds / 1e6
        isOver.withLock { $0 = true }
        let load = await during
        print(
            "  token reads, closed loop of \(Self.callers) callers: \(Int(capacity)) a second; steady at half of that:")
        print("  before: \(before.words)")
        print("  during: \(load.words)")
        print(
            "  the reseal beside them took \(took.hundredths) s, \(Int(Double(resealed.run.done) / took)) rows a second\n"
        )
    }
}

extension ResealUnderLoad {
    /// The readers are a service, and say so as one does.
    private static func beat(_ store: SQLiteStore, _ keyring: LiveKeyring) async throws {
        let now = SystemClock().now
        try await store.heartbeat(
            GatewayNode(id: "bench", startedAt: now, seenAt: now, keyringVersion: keyring.version))
    }
}

/// What a steady load met.
struct LoadResult: Sendable {
    var times: [Duration] = []
    var failures = 0

    var words: String {
        let sorted = Times(times)
        return "\(times.count) reads, \(failures) failed, median \((sorted.median / 1000).hundredths) ms, 99 % "
            + "\((sorted.at(0.99) / 1000).hundredths) ms"
    }

    mutating func add(_ other: LoadResult) {
        times += other.times
        failures += other.failures
    }
}

/// A program that asks for tokens of random connections.
private struct Reader: Sendable {
    private let store: SQLiteStore
    private let leases: Leases
    private let digest: [UInt8]
    private let connections: [ConnectionID]
    private let clock = ContinuousClock()

    init(_ store: SQLiteStore, keyring: LiveKeyring) async throws {
        self.store = store
        let credentials = CredentialVault(keyring: keyring)
        let policy = try HostPolicy(parsing: "zendesk.localhost:9443", usesPlainHTTP: true)
        let zendesk = SampleGateway.zendesk(policy)
        let broker = TokenBroker(
            store: store, credentials: credentials, clock: SystemClock(),
            refresher: .forTests(
                store: store, credentials: credentials, transport: Bridge(EmulatorWorld.seeded(clients: [])),
                zendesk: zendesk, clock: SystemClock()))
        leases = Leases(
            store: store, broker: broker, credentials: credentials, zendesk: zendesk, clock: SystemClock(),
            random: SystemRandomSource())
        let (_, token) = try await APIKeys(store: store, clock: SystemClock(), random: SystemRandomSource()).create(
            name: "bench", scopes: [.credentialsRead], tenant: nil, actor: .system)
        digest = token.digest
        connections = try await store.sealedRows(of: .credentials, notUnder: nil, after: "", limit: 50_000)
            .compactMap { ConnectionID($0.row) }
    }

    private func read() async throws {
        guard let id = connections.randomElement(),
            let found = try await store.handOff(keyDigest: digest, connection: id), let held = found.held
        else { throw BenchmarkFailure("a token was not found") }
        _ = try await leases.handOut(
            Leases.Ask(connection: id, minimumLifetime: 0, allowsFailingPreflight: true), of: held, to: found.caller.id)
    }

    /// Reads a second, everybody as fast as they can.
    func capacity(callers: Int, seconds: Double) async throws -> Double {
        let end = clock.now + .seconds(seconds)
        let count = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<callers {
                group.addTask {
                    var count = 0
                    while clock.now < end {
                        try await read()
                        count += 1
                    }
                    return count
                }
            }
            return try await group.reduce(0, +)
        }
        return Double(count) / seconds
    }

    /// At this rate, whatever the answers take: a read is timed from the moment at which it was to begin.
    func steady(
        rate: Double, callers: Int, while goesOn: @escaping @Sendable (_ elapsed: Double) -> Bool
    ) async -> LoadResult {
        let begun = clock.now
        let gap = Double(callers) / rate
        return await withTaskGroup(of: LoadResult.self) { group in
            for caller in 0..<callers {
                group.addTask {
                    var result = LoadResult()
                    var due = gap * Double(caller) / Double(callers)
                    while goesOn((clock.now - begun).microseconds / 1e6) {
                        let moment = begun + .microseconds(Int64(due * 1e6))
                        if moment > clock.now { try? await clock.sleep(until: moment) }
                        do {
                            try await read()
                        } catch {
                            result.failures += 1
                        }
                        result.times.append(clock.now - moment)
                        due += gap
                    }
                    return result
                }
            }
            return await group.reduce(into: LoadResult()) { $0.add($1) }
        }
    }
}
