import FoundationEssentials
import Gateway
import GatewayCore
import TestSupport

/// Whole runs of the checks against a stand-in that takes 200 ms for each answer: checks that do not need each other run
/// side by side, so that a run takes its longest chain of calls and not the sum of all.
struct PreflightBenchmark {
    private static let delay = Duration.milliseconds(200)
    private static let rounds = 5

    func run() async throws {
        print("A whole run of the checks, each answer of Zendesk after 200 ms (milliseconds)")
        // The admin of noguide has no Guide box, which asks one question more, after the others.
        for (organization, chain) in [("acme", 3), ("noguide", 4)] {
            try await withGateway { gateway in
                try await measure(gateway, organization, chain: chain)
            }
        }
        print("")
    }

    private func measure(_ gateway: SampleGateway, _ organization: String, chain: Int) async throws {
        let connection = try await gateway.connect(organization)
        gateway.transport.before { _ async throws(TransportFailure) in
            try? await Task.sleep(for: Self.delay)
            return nil
        }
        var times: [Duration] = []
        var calls = 0
        for _ in 0..<Self.rounds {
            gateway.transport.forget()
            gateway.clock.advance(by: 1)
            times.append(
                try await ContinuousClock().measure {
                    _ = try await gateway.diagnostics.run(connection, actor: .system)
                })
            calls = gateway.transport.calls.count
        }
        let waiting = Self.delay.microseconds / 1000
        print(
            "  \(organization): median \((Times(times).median / 1000).short) with \(calls) calls; the longest chain is "
                + "\((Double(chain) * waiting).short), one after the other would be \((Double(calls) * waiting).short)")
    }
}
