import Foundation
import Gateway
import GatewayCore
import Storage
import StorageSQLite
import TestSupport
import Testing
import TokenVault

@testable import GatewayApp

@Suite("A service and the age of its keys") struct KeyKeeperTests {
    @Test("KEY-23: while a reseal rests the primary key's age is watched and told all the same")
    func besideAPausedReseal() async throws {
        let (store, clock) = (try SQLiteStore.inMemory(), HandClock())
        let keyring = try await LiveKeyring(store: store, rootKey: try RootKeys.draw(), clock: clock)
        let rows = PlantedRows(vault: keyring.vault)
        for number in 0..<2 { try await rows.connection(in: store, "org-\(number)") }
        let (resting, isResting) = AsyncStream<Void>.makeStream()
        let rotation = KeyRotation(
            store: store, keyring: keyring, clock: clock, random: SystemRandomSource(), batch: 1
        ) { _ in
            // Somebody lets it rest, for longer than this test takes.
            _ = try await store.steerReseal(.pause, at: clock.now, audit: nil)
            isResting.yield()
            try await Task.sleep(for: .seconds(3_600))
        }
        let desk = KeyDesk(rotation: rotation)
        _ = try await desk.rotate(rowsPerSecond: 1, actor: .commandLine)
        let (metrics, lines) = (Metrics(), CollectedLines())
        let keeper = KeyKeeper(
            desk: desk, metrics: metrics, logger: lines.logger(), interval: .milliseconds(1))
        let running = Task { try await keeper.run() }
        defer { running.cancel() }
        for await _ in resting { break }
        clock.advance(by: 500 * 24 * 3600)
        for _ in 0..<5_000 where !lines.text.contains("overdue for rotation") {
            try await Task.sleep(for: .milliseconds(1))
        }
        #expect(lines.text.contains("the primary data key is overdue for rotation"))
        #expect(metrics.text().contains("latchkey_primary_key_used_ratio 1."))
    }
}
