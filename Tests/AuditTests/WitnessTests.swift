import Foundation
import GRDB
import Gateway
import GatewayCore
import HTTPTypes
import Storage
import TestSupport
import Testing

@testable import StorageSQLite

@Suite("Checkpoints elsewhere") struct WitnessTests {
    private static let url = "https://notes.example.com/latchkey"

    @Test("AUD-06: a receiver on the web gets the signed note as it is, once, and not every second")
    func webhook() async throws {
        let receiver = WatchedReceiver()
        let url = try #require(WebhookURL(Self.url))
        let world = try AuditWorld(others: [AuditCheckpointWebhook(url: url, transport: receiver)])
        try await world.append(3)
        try await world.log.checkpoint()
        #expect(receiver.deliveries.isEmpty, "nobody waits for it")
        try await world.log.publishToSlowWitnesses()
        try await world.log.publishToSlowWitnesses()
        #expect(receiver.deliveries.map { String(decoding: $0.body, as: UTF8.self) } == world.witness.notes)
        #expect(receiver.deliveries.first?.url == url)

        try await world.append(1, from: 4)
        try await world.log.checkpoint()
        try await world.log.publishToSlowWitnesses()
        #expect(receiver.deliveries.count == 1, "one a second is too many for a receiver on the web")
        world.clock.advance(by: 10)
        try await world.log.publishToSlowWitnesses()
        #expect(receiver.deliveries.count == 2)
        #expect(receiver.deliveries.last.map { String(decoding: $0.body, as: UTF8.self) } == world.witness.notes.last)
    }

    @Test("AUD-06: a receiver that fails keeps nothing from the file, and gets the note when it is back")
    func webhookDown() async throws {
        let receiver = WatchedReceiver()
        receiver.answer { _ throws(TransportFailure) in OutboundResponse(status: .internalServerError) }
        let url = try #require(WebhookURL(Self.url))
        let world = try AuditWorld(others: [AuditCheckpointWebhook(url: url, transport: receiver)])
        try await world.append(3)
        try await world.log.checkpoint()
        await #expect(throws: AuditCheckpointWebhookError.refused) { try await world.log.publishToSlowWitnesses() }
        #expect(world.witness.notes.count == 1)
        #expect(try await world.store.newestAuditCheckpoint() != nil)
        receiver.answer(nil)
        receiver.forget()
        try await world.log.publishToSlowWitnesses(isLast: true)
        #expect(receiver.deliveries.count == 1)
    }

    @Test("AUD-06: a checkpoint that the file did not take is not counted as kept, and is signed again")
    func fileDown() async throws {
        let world = try AuditWorld()
        try await world.append(3)
        world.witness.breakDown()
        await #expect(throws: WitnessShelf.Broken.self) { try await world.log.checkpoint() }
        #expect(try await world.store.newestAuditCheckpoint() == nil)
        world.witness.breakDown(false)
        try await world.log.checkpoint()
        #expect(world.witness.notes.count == 1)
        #expect(try await world.store.newestAuditCheckpoint() != nil)
    }

    @Test("AUD-06: the file keeps every note, tells the newest, and survives half a line")
    func file() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "latchkey-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let file = AuditCheckpointFile(path: path)
        #expect(try await file.newest() == nil)
        let world = try AuditWorld(others: [file])
        for part in 0..<3 {
            try await world.append(2, from: part * 2 + 1)
            try await world.log.checkpoint()
            if part == 1 {
                let handle = try #require(FileHandle(forWritingAtPath: path))
                try handle.seekToEnd()
                try handle.write(contentsOf: Data("latchkey.audit/torn\n12".utf8))
                try handle.close()
            }
        }
        #expect(try file.notes() == world.witness.notes)
        #expect(try await file.newest() == world.witness.notes.last)
    }

    @Test("of many checkpoints the newest stay, and of what is older the last one of each day and of each key")
    func retention() async throws {
        let world = try AuditWorld()
        try await world.append(1)
        try await world.log.checkpoint()
        let real = try #require(try await world.store.newestAuditCheckpoint())
        // Five a day for ten days, then more than are kept.
        try await world.store.writer.write { database in
            for number in 3...13_000 {
                let day = min((number - 3) / 5, 10)
                try database.execute(
                    sql: "INSERT INTO audit_checkpoints VALUES (?, ?, x'', ?, '')",
                    arguments: [number, real.keyID, day * 86_400_000])
            }
        }
        try await world.store.insertAuditCheckpoint(
            StoredAuditCheckpoint(
                size: 13_001, root: [], keyID: real.keyID, signedAt: Date(timeIntervalSince1970: 864_001), note: ""))
        let kept = try await world.store.auditCheckpoints().map(\.size)
        #expect(kept.count < 12_700 && kept.last == 13_001)
        #expect(Set(kept).isSuperset(of: (0..<10).map { Int64($0 * 5 + 7) }), "the last one of each day")
        #expect(!kept.contains(3) && !kept.contains(8))
    }
}
