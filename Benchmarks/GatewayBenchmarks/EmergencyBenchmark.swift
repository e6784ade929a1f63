import Foundation
import Gateway
import GatewayCore
import StorageSQLite
import TestSupport
import ZendeskEmulator

/// The emergency rotation of many connections against a stand-in in the same process, every commit on disk (KEY-16).
struct EmergencyBenchmark {
    let connections: Int

    func run() async throws {
        let place = try BenchPlace()
        defer { place.remove() }
        let store = try await SQLiteStore.open(path: place.file("emergency"), createIfMissing: true)
        defer { try? store.close() }
        let standIn = EmulatorWorld.seeded(
            clients: [
                EmulatorClient(
                    identifier: SampleGateway.clientID, secret: SampleGateway.clientSecret,
                    redirectURIs: [SampleGateway.redirectURI])
            ])
        standIn.change { $0.organizations[EmergencySample.organization]?.switches.rateLimit = 1_000_000 }
        let sample = try await EmergencySample(store: store, standIn: standIn, clock: SystemClock())
        _ = try await sample.connect(connections)
        let report = try await sample.emergency().run(actor: .system)
        print("Emergency rotation of \(connections) connections")
        print(
            "  old data key useless after \(report.keysUselessAfter.hundredths) s, every token renewed after "
                + "\(report.tokensDoneAfter.hundredths) s; exposed: \(report.standing.exposed.count)\n")
    }
}
