import AuditTrail
import Foundation
import GRDB
import Gateway
import GatewayCore
import Storage
import StorageSQLite
import TestSupport
import Testing
import TokenVault

@Suite("Evidence from a log") struct ExportTests {
    private static func archive(of world: AuditWorld, size: Int64) async throws -> [[UInt8]] {
        var lines: [[UInt8]] = []
        try await world.log.writeEvidence(size: size, report: { _ in }) { lines.append($0.dropLast()) }
        return lines
    }

    private static func check(_ lines: [[UInt8]], elsewhere: [String] = []) throws -> EvidenceReport {
        var rest = lines[...]
        var verifier = EvidenceVerifier(next: { rest.popFirst() })
        return try verifier.check(elsewhere: elsewhere)
    }

    private static func keyring(_ world: AuditWorld) async throws {
        _ = try await KeyringLoader(store: world.store, clock: world.clock).load(rootKey: world.rootKey)
    }

    @Test(
        "KEY-30: the archive has keys, rotations, proofs, failures, configuration and entries, and verifies without the service"
    )
    func whole() async throws {
        let world = try AuditWorld()
        try await Self.keyring(world)
        try await world.append(20)
        try await world.log.checkpoint()
        try await world.store.append([
            AuditEvent(at: world.clock.now, actor: .system, action: .serviceStarted, subject: "sha256:abc"),
            AuditEvent(at: world.clock.now, actor: .commandLine, action: .rotationVerified, subject: "dk-1 opened=0"),
        ])
        let size = try await world.log.noteExport(.archive, actor: .commandLine)
        let report = try Self.check(try await Self.archive(of: world, size: size), elsewhere: world.witness.notes)
        #expect(report.entries == size && report.confirmed == 1 && report.summary.configuration == "sha256:abc")
        let key = try #require(report.summary.dataKeys.first)
        #expect(report.summary.dataKeys.count == 1 && key.id == "dk-1" && key.state == "primary" && key.records == 0)
        #expect(key.created != nil && key.activated != nil && key.retired == nil && key.destroyed == nil)
        #expect(report.summary.proofs.contains(size - 2) && !report.summary.failures.isEmpty)
        let last = try #require(try await world.store.auditEntries(after: size - 1, limit: 1).first).event
        #expect(last.action == .auditExported && last.actor == .commandLine && last.subject == "archive")
    }

    @Test("KEY-30: made again from the same log it is the same octet by octet, however the log went on")
    func reproducible() async throws {
        let world = try AuditWorld()
        try await Self.keyring(world)
        try await world.append(20)
        let size = try await world.log.noteExport(.archive, actor: .commandLine)
        let first = try await Self.archive(of: world, size: size)
        world.clock.advance(by: 1000)
        try await world.append(30, from: 100)
        try await world.log.checkpoint()
        _ = try await world.log.noteExport(.archive, actor: .commandLine)
        #expect(try await Self.archive(of: world, size: size) == first)
    }

    @Test(
        "KEY-25 KEY-30: across a key change it carries both keys, the old one's last word, and the last checkpoint of each day"
    )
    func acrossKeys() async throws {
        let world = try AuditWorld()
        try await world.append(5)
        for _ in 0..<3 {
            try await world.log.checkpoint()
            world.clock.advance(by: 86_400)
            try await world.append(3, from: 50)
        }
        _ = try await world.log.replaceKey(actor: .commandLine)
        try await world.append(5, from: 90)
        let size = try await world.log.noteExport(.archive, actor: .commandLine)
        let lines = try await Self.archive(of: world, size: size)
        let report = try Self.check(lines, elsewhere: world.witness.notes)
        #expect(report.keys.map(\.id) == ["ak-1", "ak-2"])
        #expect(report.checkpoints == 5, "three days, the old key's last word, and the whole")
        // The one before the change cannot be made again: its key is gone.
        let before = try #require(report.keys.last).entry - 1
        await #expect(throws: AuditEvidenceRefusal.keyRetired) { try await Self.archive(of: world, size: before) }
    }

    @Test("KEY-30: of a log that is not sound, or of more entries than there are, there is no archive")
    func refused() async throws {
        let world = try AuditWorld()
        try await world.append(5)
        let size = try await world.log.noteExport(.archive, actor: .commandLine)
        await #expect(throws: AuditEvidenceRefusal.noSuchSize(entries: size)) {
            try await Self.archive(of: world, size: size + 1)
        }
        try await world.tamper { try $0.execute(sql: #"UPDATE audit_log SET subject = 'x' WHERE "index" = 3"#) }
        await #expect(throws: AuditEvidenceRefusal.unsound(at: 3)) { try await Self.archive(of: world, size: size) }
    }
}
