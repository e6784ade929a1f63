import Foundation
import Gateway
import GatewayCore
import Storage
import StorageSQLite
import TestSupport
import Testing
import ZendeskEmulator

@Suite("Revocations whose key is shut out") struct RevocationKeyTests {
    private struct World {
        let clock = HandClock()
        let store: SQLiteStore
        let sample: EmergencySample
        let connection: Connection

        var disconnect: Disconnect { Disconnect(store: store, revocations: sample.revocations, clock: clock) }

        init() async throws {
            store = try SQLiteStore.inMemory()
            sample = try await EmergencySample(
                store: store, standIn: .forTests(clock: clock), clock: clock, pause: { _ in })
            connection = try await sample.connect(1)[0]
        }

        func shutOut() async throws {
            _ = try await sample.rotation.generate(actor: .commandLine)
            try await sample.rotation.promote("dk-2", actor: .commandLine)
            #expect(try await sample.rotation.setOldestOpening("dk-2", actor: .commandLine) == 1)
        }

        func letIn() async throws { _ = try await sample.rotation.setOldestOpening(nil, actor: .commandLine) }

        var living: Int { sample.standIn.liveTokens(EmergencySample.organization).count }
    }

    @Test(
        "KEY-15, CR-24: a token that waits under a key that is shut out waits on, and dies when the key is let in again"
    )
    func waiting() async throws {
        let world = try await World()
        let organization = world.sample.standIn.organization(EmergencySample.organization)
        world.sample.standIn.change { $0.organizations[EmergencySample.organization] = nil }
        _ = try await world.disconnect.run(world.connection, actor: .commandLine)
        world.sample.standIn.change { $0.organizations[EmergencySample.organization] = organization }
        try await world.shutOut()
        world.clock.advance(by: 60)
        try await world.sample.revocations.runDue()
        let waiting = try await world.store.pendingRevocations(of: world.connection.id)
        #expect(waiting.map(\.lastCode) == ["vault.sealed_under_old_key"])
        #expect(try await world.store.connection(world.connection.id)?.statusReason == "revocation.queued")
        #expect(world.living == 1)
        try await world.letIn()
        world.clock.advance(by: 900)
        try await world.sample.revocations.runDue()
        #expect(world.living == 0)
        #expect(try await world.store.pendingRevocationCount() == 0)
    }

    @Test("OA-98: one that never opens again leaves when its token has certainly ended")
    func ownEnd() async throws {
        let world = try await World()
        world.sample.standIn.change { $0.organizations[EmergencySample.organization] = nil }
        _ = try await world.disconnect.run(world.connection, actor: .commandLine)
        try await world.shutOut()
        world.clock.advance(by: 172_800 + 299)
        try await world.sample.revocations.runDue()
        #expect(try await world.store.pendingRevocationCount() == 1)
        world.clock.advance(by: 901)
        try await world.sample.revocations.runDue()
        #expect(try await world.store.pendingRevocationCount() == 0)
        #expect(try await world.store.connection(world.connection.id)?.statusReason == "revocation.expired")
    }

    @Test(
        "KEY-15: tokens under a key that is shut out are not erased unrevoked: disconnecting says why, and works later")
    func disconnecting() async throws {
        let world = try await World()
        try await world.shutOut()
        let refusal = await #expect(throws: DisconnectRefusal.self) {
            _ = try await world.disconnect.run(world.connection, actor: .commandLine)
        }
        #expect(refusal?.explanation.code == "connection.not_opened")
        #expect(refusal?.explanation.remedy?.contains("keys oldest") == true)
        #expect(try await world.store.connection(world.connection.id)?.status == .active)
        #expect(try await world.store.credential(of: world.connection.id) != nil)
        try await world.letIn()
        let receipt = try await world.disconnect.run(world.connection, actor: .commandLine)
        #expect(receipt.verifiedDead && world.living == 0)
    }
}
