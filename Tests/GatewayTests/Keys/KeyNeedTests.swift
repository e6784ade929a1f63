import Foundation
import Gateway
import GatewayCore
import Storage
import StorageSQLite
import TestSupport
import Testing
import TokenVault

@Suite("Who still needs a key") struct KeyNeedTests {
    @Test(
        "KEY-13: a record keeps the key it was sealed under, whatever its row says, and its row is named",
        arguments: SealedTable.allCases)
    func rowThatLies(table: SealedTable) async throws {
        try await withKeyFile { world, _, _ in
            let row = try await world.row(in: table)
            try await world.promoteNew()
            try world.file.execute("UPDATE \(table.rawValue) SET key_id = 'dk-2'")
            #expect(try await world.store.recordCounts() == ["dk-2": 1], "by what the row says nobody needs dk-1")
            await #expect(throws: KeyRotationRefusal.key("dk-1", .needed(by: table, row: row, records: 1))) {
                try await world.rotation.retire("dk-1", actor: .system)
            }
            #expect(try await world.keys()["dk-1"] == "enabled")
            #expect(try await world.recorded(.dataKeyRetired).isEmpty)
        }
    }

    @Test("KEY-14: nor is such a key destroyed when its time has come")
    func rowThatLiesLater() async throws {
        try await withKeyFile { world, _, _ in
            let connection = try await world.rows.connection(in: world.store)
            let old = try #require(try await world.store.credential(of: connection.id))
            _ = try await world.rotation.rotate(actor: .system)
            try await world.rotation.retire("dk-1", actor: .system)
            _ = try await world.rotation.scheduleDestruction(of: "dk-1", after: 0, actor: .system)
            try world.file.restore(old)
            try world.file.execute("UPDATE credentials SET key_id = 'dk-2'")
            #expect(try await world.rotation.destroyDue().isEmpty)
            #expect(try await world.keys()["dk-1"] == "retired")
            #expect(try await world.unreadable().isEmpty)
        }
    }

    @Test("KEY-12, KEY-13, KEY-14: tokens that wait beside the database keep their key, until they are saved")
    func beside() async throws {
        let world = try await KeyWorld()
        let spill = SpillShelf()
        let rotation = world.rotation(spill: spill)
        let connection = try await world.rows.connection(in: world.store)
        let renewal = try world.renewal(of: connection, generation: 2)
        try await world.promoteNew()
        _ = try await world.rotation.reseal(actor: .system)
        try spill.keep(renewal)

        let proof = try await rotation.verify(actor: .system)
        #expect(!proof.isComplete && proof.leftBehind == 1 && proof.beside == ["dk-1": 1])
        #expect(proof.summary.hasSuffix("; spill dk-1=1"))
        let refusal = KeyRotationRefusal.neededBeside(key: "dk-1", connection: connection.id, sets: 1)
        await #expect(throws: refusal) { try await rotation.retire("dk-1", actor: .system) }
        #expect(refusal.explanation.message.contains(connection.id.text))

        spill.remove(renewal)
        try await rotation.retire("dk-1", actor: .system)
        _ = try await rotation.scheduleDestruction(of: "dk-1", after: 0, actor: .system)
        try spill.keep(renewal)
        #expect(try await rotation.destroyDue().isEmpty)
        spill.remove(renewal)
        #expect(try await rotation.destroyDue() == ["dk-1"])
    }

    @Test("KEY-13: tokens beside the database that fit no connection any more keep nothing")
    func besideAndLost() async throws {
        let world = try await KeyWorld()
        let spill = SpillShelf()
        let rotation = world.rotation(spill: spill)
        let connection = try await world.rows.connection(in: world.store)
        try spill.keep(try world.renewal(of: connection, generation: 9))
        try spill.keep(try world.renewal(of: PlantedRows.connection("gone"), generation: 2))
        try await world.promoteNew()
        _ = try await rotation.reseal(actor: .system)
        #expect(try await rotation.verify(actor: .system).isComplete)
        try await rotation.retire("dk-1", actor: .system)
    }
}

extension KeyWorld {
    /// One row in the table; its id.
    func row(in table: SealedTable) async throws -> String {
        switch table {
        case .credentials: try await rows.connection(in: store).id.text
        case .pendingAuthorizations: try await rows.pending(in: store).text
        case .pendingRevocations: try await rows.revocation(in: store).text
        case .webhookEndpoints: try await rows.endpoint(in: store).text
        }
    }

    /// The same process, with a place beside the database.
    fileprivate func rotation(spill: SpillShelf) -> KeyRotation {
        KeyRotation(
            store: store, keyring: node.keyring, clock: clock, random: SystemRandomSource(), batch: 3, spill: spill)
    }

    /// New tokens that the database did not take.
    fileprivate func renewal(of connection: Connection, generation: UInt64) throws -> CredentialRenewal {
        var next = connection
        next.generation = generation
        return CredentialRenewal(
            credential: try rows.credential(of: next, token: "new"), grantedScopes: ScopeSet(["read"]),
            accessTokenExpiresAt: nil, refreshTokenExpiresAt: nil, at: clock.now, due: clock.now, learnedLifetime: nil,
            outcome: "renewed")
    }
}
