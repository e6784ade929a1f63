import Foundation
import GatewayCore
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Gateway

@Suite("A reseal beside a service")
struct ResealBesideServiceTests {
    @Test("KEY-01: beside a running service it writes small batches and leaves it three quarters of the writer")
    func shared() async throws {
        let world = try await KeyWorld()
        try await world.plant(KeyRotation.sharedBatch + 7)
        try await world.promoteNew()
        try await world.heartbeat(world.node, in: world.store)
        let seen = try await world.watchedReseal()
        #expect(seen.largest == KeyRotation.sharedBatch)
        #expect(seen.rests.count == seen.writes)
        #expect(seen.rests.allSatisfy { (.milliseconds(599) ... .milliseconds(601)).contains($0) })
    }

    @Test("KEY-01: with no service on the database it writes large batches and does not rest")
    func alone() async throws {
        let world = try await KeyWorld()
        try await world.plant(KeyRotation.sharedBatch + 7)
        try await world.promoteNew()
        try await world.heartbeat(world.node, in: world.store)
        world.clock.advance(by: KeyRotation.silence + 1)
        let seen = try await world.watchedReseal()
        #expect(seen.largest == KeyRotation.sharedBatch + 7)
        #expect(seen.rests.isEmpty)
    }
}

private struct Seen {
    var largest = 0
    var writes = 0
    var rests: [Duration] = []
}

extension KeyWorld {
    /// A reseal whose every write takes a fifth of a second.
    fileprivate func watchedReseal() async throws -> Seen {
        let seen = Mutex((Seen(), 0))
        store.beforeEach(.advanceReseal) { [clock] in clock.advance(by: 0.2) }
        defer { store.beforeEach(.advanceReseal, nil) }
        let rotation = KeyRotation(
            store: store, keyring: node.keyring, clock: clock, random: SystemRandomSource()
        ) { duration in
            seen.withLock { $0.0.rests.append(duration) }
        }
        _ = try await rotation.reseal(actor: .system) { run in
            seen.withLock { seen in
                guard run.done > seen.1 else { return }
                seen.0.writes += 1
                seen.0.largest = max(seen.0.largest, run.done - seen.1)
                seen.1 = run.done
            }
        }
        return seen.withLock { $0.0 }
    }
}
