import Foundation
import Gateway
import GatewayCore
import Storage
import StorageSQLite
import TestSupport
import Testing
import TokenVault

@Suite("Proof that nothing needs a former key") struct KeyProofTests {
    @Test("KEY-12: all rows are counted by key and opened with the old key withheld, and both stand in the audit log")
    func complete() async throws {
        let world = try await KeyWorld()
        try await world.plant(7)
        let proof = try await world.rotation.rotate(actor: .commandLine)
        #expect(proof.isComplete && proof.primary == "dk-2" && proof.opened == 10)
        #expect(
            proof.counts == [
                .credentials: ["dk-2": 7], .pendingAuthorizations: ["dk-2": 1], .pendingRevocations: ["dk-2": 1],
                .webhookEndpoints: ["dk-2": 1],
            ])
        let entry = try #require(try await world.recorded(.rotationVerified).last)
        #expect(entry.outcome == .succeeded && entry.actor == .commandLine)
        #expect(
            entry.subject == "dk-2 opened=10 unreadable=0 rolled_back=0 purged=1; credentials dk-2=7; "
                + "pending_authorizations dk-2=1; pending_revocations dk-2=1; webhook_endpoints dk-2=1")
        #expect(try await world.rotation.standing().proofs.first?.event == entry)
    }

    @Test("KEY-12: a row that only claims to be under the new key is found by opening it")
    func claims() async throws {
        try await withKeyFile { world, _, _ in
            let connection = try await world.rows.connection(in: world.store)
            try await world.promoteNew()
            try world.file.execute("UPDATE credentials SET key_id = 'dk-2'")
            #expect(try await world.store.recordCounts() == ["dk-2": 1], "by count alone all is well")
            let proof = try await world.rotation.verify(actor: .system)
            #expect(!proof.isComplete && proof.leftBehind == 0)
            #expect(proof.unreadable == ["credentials \(connection.id.text)"])
            #expect(try await world.recorded(.rotationVerified).last?.outcome == .failed(code: "keys.incomplete"))
        }
    }

    @Test("KEY-12: a row whose connection is gone is counted all the same")
    func orphan() async throws {
        try await withKeyFile { world, _, _ in
            try await world.rows.connection(in: world.store)
            try world.file.orphanCredentials()
            _ = try? await world.rotation.rotate(actor: .system)
            let proof = try await world.rotation.verify(actor: .system)
            #expect(!proof.isComplete && proof.leftBehind == 1)
            await #expect(throws: KeyRotationRefusal.self) {
                try await world.rotation.retire("dk-1", actor: .system)
            }
        }
    }

    @Test("KEY-12: a row whose connection is gone is not readable, whichever key it is under, and is named")
    func orphanUnderPrimary() async throws {
        try await withKeyFile { world, _, _ in
            let connection = try await world.rows.connection(in: world.store)
            #expect(try await world.rotation.verify(actor: .system).isComplete)
            try world.file.orphanCredentials()
            let proof = try await world.rotation.verify(actor: .system)
            #expect(!proof.isComplete && proof.leftBehind == 0 && proof.opened == 0)
            #expect(proof.unreadable == ["credentials \(connection.id.text)"])
        }
    }

    @Test("KEY-12: after the proof no file of the database holds anything that was sealed under the old key")
    func remnants() async throws {
        try await withKeyFile { world, directory, open in
            // Another process with the database open, as a service beside a command.
            let reader = try await open()
            let connections = try await world.plant(60)
            try await world.rows.renew(connections[0], in: world.store, token: "renewed")
            let old = try await world.store.everySealedRow().flatMap { $0.columns.values }
            #expect(old.count == 123)
            _ = try await reader.recordCounts()
            try await world.promoteNew()
            _ = try await world.rotation.reseal(actor: .system)
            #expect(
                try old.contains { try !files(in: directory, holding: $0).isEmpty },
                "before the proof the write-ahead log has some, which the search finds")
            let proof = try await world.rotation.verify(actor: .system)
            #expect(proof.isComplete && proof.isPurged)
            for octets in old { #expect(try files(in: directory, holding: octets) == []) }
            #expect(try await reader.recordCounts() == ["dk-2": 63])
        }
    }

    @Test("KEY-12: a reader that holds the log open is no obstacle, but the proof says that the log was not emptied")
    func reader() async throws {
        try await withKeyFile { world, directory, _ in
            try await world.plant(3)
            try await world.promoteNew()
            _ = try await world.rotation.reseal(actor: .system)
            let held = try world.file.holdRead()
            let proof = try await world.rotation.verify(actor: .system)
            #expect(proof.isComplete && !proof.isPurged)
            #expect(try await world.recorded(.rotationVerified).last?.subject?.contains("purged=0") == true)
            try held.release()
            #expect(try await world.rotation.verify(actor: .system).isPurged)
        }
    }

    @Test("CR-16: a column that is rolled back to an older ciphertext of its own row does not open")
    func columnRolledBack() async throws {
        try await withKeyFile { world, _, _ in
            let connection = try await world.rows.connection(in: world.store)
            let old = try #require(try await world.store.credential(of: connection.id))
            try await world.rows.renew(connection, in: world.store, token: "new")
            try world.file.execute(
                "UPDATE credentials SET access_token = ? WHERE connection_id = ?", [old.accessToken],
                [connection.id.text])
            #expect(try await world.unreadable() == [connection.id.text])
            let proof = try await world.rotation.verify(actor: .system)
            #expect(proof.unreadable == ["credentials \(connection.id.text)"])
        }
    }

    @Test("CR-17: a whole row that is rolled back opens, and one scan finds it by what the audit log says")
    func rowRolledBack() async throws {
        try await withKeyFile { world, _, _ in
            let connections = try await world.plant(5)
            let victim = connections[2]
            let old = try #require(try await world.store.credential(of: victim.id))
            for connection in connections { try await world.rows.renew(connection, in: world.store, token: "new") }
            #expect(try await world.rotation.verify(actor: .system).rolledBack == [])
            try world.file.restore(old, generation: 1)
            #expect(try await world.unreadable().isEmpty)
            let proof = try await world.rotation.verify(actor: .system)
            #expect(!proof.isComplete && proof.rolledBack == [victim.id])
            #expect(try await world.recorded(.rotationVerified).last?.subject?.contains("rolled_back=1") == true)
        }
    }

    @Test("CR-17: so is a credential that is rolled back alone, which opens in its own generation and is of no use")
    func credentialRolledBack() async throws {
        try await withKeyFile { world, _, _ in
            let connections = try await world.plant(3)
            let victim = connections[1]
            let old = try #require(try await world.store.credential(of: victim.id))
            for connection in connections { try await world.rows.renew(connection, in: world.store, token: "new") }
            try world.file.restore(old)
            #expect(try await world.unreadable().isEmpty)
            let proof = try await world.rotation.verify(actor: .system)
            #expect(!proof.isComplete && proof.rolledBack == [victim.id])
            let behind = try #require(try await world.store.connectionBehindLog())
            #expect(behind.connection == victim.id && behind.generation == 1 && behind.logged == 2)
        }
    }

    @Test("CR-24: rows under a key that nobody has are counted under its name, left alone, and do not stop the others")
    func missingKey() async throws {
        try await withKeyFile { world, _, _ in
            let connections = try await world.plant(4)
            let lost = try #require(try await world.store.credential(of: connections[1].id))
            // What a damaged table of keys leaves.
            let bytes = Array(lost.accessToken[..<6]) + [0, 0, 0, 77] + Array(lost.accessToken[10...])
            try world.file.execute(
                "UPDATE credentials SET access_token = ?, key_id = 'dk-77' WHERE connection_id = ?", [bytes],
                [lost.connection.text])
            let standing = try await world.rotation.standing()
            #expect(standing.missing.map(\.id) == ["dk-77"] && standing.missing.map(\.records) == [1])
            #expect(throws: VaultError.sealedUnderUnknownKey(DataKeyID(77))) {
                _ = try world.node.keyring.vault.open(
                    SealedRecord(parsing: bytes), in: PlantedRows.context(connections[1], "access_token"))
            }
            try await world.promoteNew()
            let resealed = try await world.rotation.reseal(actor: .system)
            #expect(resealed.unreadable == ["credentials \(lost.connection.text)"] && resealed.run.done == 6)
            #expect(try await world.store.recordCounts() == ["dk-2": 6, "dk-77": 1])
            #expect(try await world.store.credential(of: lost.connection)?.accessToken == bytes)
        }
    }
}
