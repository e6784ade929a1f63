import FoundationEssentials
import Glibc

/// What the gateway costs, measured side by side in one run. `make bench` builds it optimised and runs all of it.
@main
struct Program {
    static func main() async {
        do {
            try await run()
        } catch {
            print("Stopped: \(error)")
            fflush(nil)
            exit(1)
        }
    }

    private static func run() async throws {
        let only = ProcessInfo.processInfo.environment["LATCHKEY_BENCH_ONLY"]
        guard [nil, "keys", "preflight", "audit", "hand-off"].contains(only) else {
            throw BenchmarkFailure("LATCHKEY_BENCH_ONLY knows keys, preflight, audit and hand-off, and nothing else")
        }
        if only == "preflight" { return try await PreflightBenchmark().run() }
        if only == "audit" { return try await audit.run() }
        if only == "hand-off" { return try await HandOffBenchmark().run() }
        if only == nil { try await measureTheRest() }
        try await ResealBenchmark(rows: number("LATCHKEY_BENCH_ROWS") ?? 1_000_000).run()
        fflush(nil)
        try await EmergencyBenchmark(connections: number("LATCHKEY_BENCH_CONNECTIONS") ?? 1_000).run()
    }

    private static var audit: AuditBenchmark {
        AuditBenchmark(entries: Int64(number("LATCHKEY_BENCH_ENTRIES") ?? 1_000_000))
    }

    private static func number(_ name: String) -> Int? {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) }
    }

    private static func measureTheRest() async throws {
        print("Medians of several rounds; compare ratios, for the machine's own speed changes from run to run.\n")
        try SealingBenchmark().run()
        // A pipe would hold the lines back until the end.
        fflush(nil)
        try await ConnectBenchmark().run()
        fflush(nil)
        try await HandOffBenchmark().run()
        fflush(nil)
        try await RefreshBenchmark().run()
        fflush(nil)
        try await PreflightBenchmark().run()
        fflush(nil)
        try await audit.run()
        fflush(nil)
        if let program = CommandLine.arguments.dropFirst().first {
            try await StartBenchmark(program: program).run()
        }
    }
}

/// Middle and tail of measured times, in microseconds.
struct Times {
    private let sorted: [Double]

    init(_ times: [Duration]) {
        sorted = times.map(\.microseconds).sorted()
    }

    var median: Double { at(0.5) }

    func at(_ share: Double) -> Double {
        sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
    }
}

extension Duration {
    var microseconds: Double {
        Double(components.seconds) * 1e6 + Double(components.attoseconds) / 1e12
    }
}

extension Double {
    /// With one digit behind the point.
    var short: String {
        let tenths = Int((self * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }

    var hundredths: String {
        let amount = Int((self * 100).rounded())
        return "\(amount / 100).\(amount % 100 < 10 ? "0" : "")\(amount % 100)"
    }
}
