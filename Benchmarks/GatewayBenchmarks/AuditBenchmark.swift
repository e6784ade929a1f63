import AuditTrail
import Foundation
import Gateway
import GatewayCore
import Storage
import StorageSQLite
import TestSupport

/// The audit log: entries appended durably with many waiting at once, verification of the whole log, the size of proofs, and
/// how long evidence takes (AUD-11, AUD-12, AUD-14).
struct AuditBenchmark {
    private static let callers = [1, 16, 64]
    private static let rounds = 3

    /// So many are verified and exported.
    let entries: Int64

    func run() async throws {
        print("The audit log, in a file with every commit on disk")
        for callers in Self.callers {
            var rates: [Double] = []
            for _ in 0..<Self.rounds { rates.append(try await appended(callers: callers)) }
            print("  \(callers) waiting: \(Int(rates.sorted()[Self.rounds / 2])) entries appended a second")
        }
        try await verifyAndProve()
        print("")
    }

    /// Each caller appends one entry, waits until it is durable, and appends the next.
    private func appended(callers: Int) async throws -> Double {
        try await withStore { store in
            let (clock, length) = (ContinuousClock(), Duration.seconds(3))
            let start = clock.now
            let count = try await withThrowingTaskGroup(of: Int.self) { group in
                for caller in 0..<callers {
                    group.addTask {
                        var count = 0
                        while clock.now - start < length {
                            try await store.append([Self.event(caller &* 1_000_003 &+ count)])
                            count += 1
                        }
                        return count
                    }
                }
                return try await group.reduce(0, +)
            }
            return Double(count) / ((clock.now - start).microseconds / 1e6)
        }
    }

    private func verifyAndProve() async throws {
        try await withStore { store in
            for start in stride(from: 0, to: Int(entries), by: 10_000) {
                try await store.append((start..<start + 10_000).map(Self.event))
            }
            let clock = ContinuousClock()
            var rates: [Double] = []
            for _ in 0..<Self.rounds {
                let start = clock.now
                let reading = try await store.readAuditTree(rootsAt: [])
                guard reading.fault == nil, reading.size == entries else { throw StorageError.damaged }
                rates.append(Double(reading.size) / ((clock.now - start).microseconds / 1e6))
            }
            print("  verification: \(Int(rates.sorted()[Self.rounds / 2])) entries a second on one core")
            var (inclusion, consistency) = (0, 0)
            var times: [Duration] = []
            for _ in 0..<200 {
                let index = Int64.random(in: 1...entries)
                let start = clock.now
                let path = try await store.auditInclusionProof(of: index, size: entries) ?? []
                times.append(clock.now - start)
                let proof = try await store.auditConsistencyProof(from: index, to: entries) ?? []
                inclusion = max(inclusion, path.count * TreeHash.count)
                consistency = max(consistency, proof.count * TreeHash.count)
            }
            print(
                "  proofs at \(entries) entries: inclusion at most \(inclusion) octets, consistency at most "
                    + "\(consistency) octets, made in \(Times(times).median.short) microseconds")
            try await export(store)
        }
    }

    /// One archive as `audit export --archive` writes it, which reads and checks the whole log first.
    private func export(_ store: SQLiteStore) async throws {
        let log = AuditLog(
            store: store, rootKey: try RootKeys.draw(), witnesses: [], clock: HandClock(), metrics: Metrics())
        let path = URL.temporaryDirectory.appendingPathComponent("latchkey-bench-\(UInt64.random(in: 0 ... .max))").path
        guard FileManager.default.createFile(atPath: path, contents: nil) else {
            throw BenchmarkFailure("no place for an archive")
        }
        defer { try? FileManager.default.removeItem(atPath: path) }
        guard let file = FileHandle(forUpdatingAtPath: path) else { throw BenchmarkFailure("no place for an archive") }
        let clock = ContinuousClock()
        let start = clock.now
        let size = try await log.noteExport(.archive, actor: .commandLine)
        var buffer: [UInt8] = []
        var octets = 0
        try await log.writeEvidence(size: size, report: { _ in }) { line in
            octets += line.count
            buffer += line
            if buffer.count > 1 << 20 {
                try file.write(contentsOf: buffer)
                buffer.removeAll(keepingCapacity: true)
            }
        }
        try file.write(contentsOf: buffer)
        try file.synchronize()
        let made = (clock.now - start).microseconds / 1e6
        print(
            "  evidence: an archive of \(size) entries, verified and written in \(made.short) s "
                + "(\(octets >> 20) MB, \(Int(Double(size) / made)) entries a second)")
    }

    private func withStore<Value>(_ body: (SQLiteStore) async throws -> Value) async throws -> Value {
        let directory = URL.temporaryDirectory.appendingPathComponent("latchkey-bench-\(UInt64.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: directory) }
        let store = try await SQLiteStore.open(
            path: directory.appendingPathComponent("bench.sqlite").path, createIfMissing: true)
        let value = try await body(store)
        try store.close()
        return value
    }

    /// As long as a hand-off's entry is.
    private static func event(_ number: Int) -> AuditEvent {
        AuditEvent(
            at: Date(timeIntervalSince1970: 1_790_000_000 + Double(number) / 1000),
            actor: AuditActor(kind: .apiKey, id: "key_abcdefghijklmnopqrstuvwxyz"), action: .accessTokenHandedOut,
            tenant: .default, subject: "ls_abcdefghijklmnopqrstuvwxyz", generation: UInt64(truncatingIfNeeded: number),
            keyID: "dk-1")
    }
}
