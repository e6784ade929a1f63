import AuditTrail
import FoundationEssentials
import GRDB
import Gateway
import GatewayCore
import Storage
import Synchronization
import TestSupport
import Testing
import TokenVault

@testable import StorageSQLite

/// A log over a database of the test's own, with a witness that the database cannot reach.
struct AuditWorld {
    let store: SQLiteStore
    let clock: HandClock
    let rootKey: RootKey
    let witness: WitnessShelf
    let log: AuditLog
    let metrics = Metrics()

    init(
        store: SQLiteStore? = nil, clock: HandClock = HandClock(), rootKey: RootKey? = nil,
        witness: WitnessShelf = WitnessShelf(), others: [any CheckpointWitness] = []
    ) throws {
        self.store = try store ?? SQLiteStore.inMemory()
        self.clock = clock
        self.rootKey = try rootKey ?? RootKeys.draw()
        self.witness = witness
        log = AuditLog(
            store: self.store, rootKey: self.rootKey, witnesses: [witness] + others, clock: clock, metrics: metrics)
    }

    /// Entries of many shapes, a second apart.
    func append(_ count: Int, from start: Int = 1) async throws {
        for number in start..<start + count {
            clock.advance(by: 1)
            try await store.append([Self.event(number, at: clock.now)])
        }
    }

    static func event(_ number: Int, at moment: Date) -> AuditEvent {
        let actions = AuditAction.allCases.filter {
            ![.auditKeyCreated, .auditKeyReplaced, .dataKeyCounted].contains($0)
        }
        let outcomes: [AuditOutcome] = [.succeeded, .refused(code: "no.\(number)"), .failed(code: "\"\\\n\u{1}é")]
        return AuditEvent(
            at: moment, actor: AuditActor(kind: .apiKey, id: "key_\(number)"), action: actions[number % actions.count],
            outcome: outcomes[number % 3], tenant: number % 2 == 0 ? .default : nil,
            subject: number % 5 == 0 ? nil : "s \(number)", generation: number % 4 == 0 ? UInt64(number) : nil,
            keyID: number % 7 == 0 ? "dk-1" : nil)
    }

    /// Behind the gateway's back, with everything off that would keep an honest mistake from happening.
    func tamper(_ change: @escaping @Sendable (Database) throws -> Void) async throws {
        try await store.writer.write { database in
            try Self.disarm(database)
            try change(database)
        }
    }

    /// What reading finds after a change that is taken back.
    func reading(after change: @escaping @Sendable (Database) throws -> Void) async throws -> AuditReading {
        try await store.writer.write { database in
            try database.execute(sql: "SAVEPOINT trial")
            try change(database)
            let reading = try AuditTreeReading(of: database, rootsAt: [], report: { _ in }).read()
            try database.execute(sql: "ROLLBACK TO trial; RELEASE trial")
            return reading
        }
    }

    static func disarm(_ database: Database) throws {
        for name in try String.fetchAll(database, sql: "SELECT name FROM sqlite_master WHERE type = 'trigger'") {
            try database.execute(sql: "DROP TRIGGER \(name)")
        }
    }

    /// Makes tree and head fit the entries as they stand, as somebody would who knows how.
    static func rebuildTree(_ database: Database) throws {
        try database.execute(sql: "DELETE FROM audit_nodes; UPDATE audit_head SET size = 0, frontier = x''")
        var tree = try AuditTreeWriter(database)
        for row in try database.records(#"SELECT * FROM audit_log ORDER BY "index""#) {
            let record = try row.auditEntry().record
            let hash = try tree.add(record)
            try database.execute(
                sql: #"UPDATE audit_log SET leaf_hash = ? WHERE "index" = ?"#,
                arguments: [hash.octets.data, record.index])
        }
        try tree.finish()
    }

    func verify(elsewhere: [String]? = nil) async throws -> AuditVerification.Report {
        try await AuditVerification(store: store, elsewhere: elsewhere ?? witness.notes).run()
    }
}

/// A witness in memory, which can be out of order.
final class WitnessShelf: CheckpointWitness {
    let isPrompt: Bool
    private let state = Mutex<(notes: [String], isBroken: Bool)>(([], false))

    struct Broken: Error {}

    init(isPrompt: Bool = true, notes: [String] = []) {
        self.isPrompt = isPrompt
        state.withLock { $0.notes = notes }
    }

    var notes: [String] { state.withLock { $0.notes } }

    func breakDown(_ isBroken: Bool = true) { state.withLock { $0.isBroken = isBroken } }

    func publish(_ note: String) async throws {
        try state.withLock { state in
            guard !state.isBroken else { throw Broken() }
            state.notes.append(note)
        }
    }

    func newest() async throws -> String? { notes.last }
}

/// Numbers that are the same on every run, so that a failure can be looked at again.
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var number = state
        number = (number ^ (number >> 30)) &* 0xBF58_476D_1CE4_E5B9
        number = (number ^ (number >> 27)) &* 0x94D0_49BB_1331_11EB
        return number ^ (number >> 31)
    }
}

extension SQLiteStore {
    /// From here on no entry can be appended.
    func spoilAuditHead() async throws {
        try await writer.write { try $0.execute(sql: "UPDATE audit_head SET size = size + 1") }
    }
}
