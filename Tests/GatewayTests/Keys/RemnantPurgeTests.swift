import Foundation
import Gateway
import GatewayCore
import Storage
import StorageSQLite
import TestSupport
import Testing

@Suite("What a reader keeps in the write-ahead log") struct RemnantPurgeTests {
    @Test("KEY-14: a log that a reader holds is tried ever more seldom, for each try keeps writers waiting")
    func rests() async throws {
        try await withKeyFile { world, _, open in
            try await world.rotation.generate(actor: .system)
            try await world.rotation.retire("dk-2", actor: .system)
            _ = try await world.rotation.scheduleDestruction(of: "dk-2", after: 0, actor: .system)
            let reader = try world.file.holdRead()
            #expect(try await world.rotation.destroyDue() == ["dk-2"])
            let purge = RemnantPurge(store: try await open())
            #expect(try await purge.round() == .held)
            #expect(try await purge.round() == nil, "rests once, and tries in vain again in the round after")
            #expect(try await purge.round() == nil)
            try reader.release()
            for _ in 0..<2 { #expect(try await purge.round() == nil, "rests twice, though nobody is in the way") }
            #expect(try await world.store.hasRemnants())
            #expect(try await purge.round() == .purged)
        }
    }
}
