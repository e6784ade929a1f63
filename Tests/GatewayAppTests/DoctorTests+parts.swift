import Foundation
import Gateway
import GatewayCore
import Preflight
import Storage
import StorageSQLite
import TestSupport
import Testing
import TokenVault
import ZendeskEmulator

@testable import GatewayApp

extension DoctorTests {
    private var rootKeyFile: String { scratch.path + "/root.key" }

    @Test func `the root key's place is named with its fingerprint, and whether memory guards it`() async throws {
        _ = try scratch.goodEnvironment()
        let key = try #require(try RootKeySource.file(rootKeyFile).candidates().first)
        let finding = try found(.rootKey, in: try await examine())
        let isLocked = try SecureHeap.start() == .locked
        #expect(finding.status == (isLocked ? .pass : .warn) && finding.message.contains(rootKeyFile))
        if isLocked { #expect(finding.message.contains("\(key.fingerprint)")) }
        let text = scratch.text("root.key").split(whereSeparator: \.isWhitespace)
        #expect(!text.isEmpty && text.allSatisfy { $0.count < 40 || !finding.message.contains($0) })
    }

    @Test func `KEY-29: a second root key that an interrupted replacement left is told, with what finishes it`()
        async throws
    {
        _ = try scratch.goodEnvironment()
        _ = try RootKeySource.file(rootKeyFile).prepare()
        let finding = try found(.rootKey, in: try await examine())
        #expect(finding.status == .warn && finding.message.contains("2 root keys"))
        #expect(finding.remedy?.contains("rotate-root") == true)
    }

    @Test func `a root key that others may read, that is gone, or whose place is said twice is no pass`() async throws {
        _ = try scratch.goodEnvironment()
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: rootKeyFile)
        #expect(try found(.rootKey, in: try await examine()).status == .fail)
        let gone = ["LATCHKEY_ROOT_KEY_FILE": scratch.path + "/other.key"]
        #expect(try found(.rootKey, in: try await examine(gone)).status == .fail)
        let twice = try await examine(["LATCHKEY_ROOT_KEY_CREDENTIAL": "x", "CREDENTIALS_DIRECTORY": scratch.path])
        #expect(try found(.rootKey, in: twice).status == .skipped && twice.status == .settings)
    }

    @Test func `a database without data keys is a warning, and one that this root key does not open a failure`()
        async throws
    {
        let path = scratch.path + "/latchkey.sqlite"
        try await SQLiteStore.open(path: path, createIfMissing: true).close()
        #expect(try found(.keyring, in: try await examine()).status == .warn)
        try await makeDatabase().close()
        #expect(try found(.keyring, in: try await examine()).status == .pass)
        try FileManager.default.removeItem(atPath: rootKeyFile)
        let finding = try found(.keyring, in: try await examine())
        #expect(finding.status == .fail && finding.remedy != nil)
        #expect(try found(.database, in: try await examine()).status == .pass, "the key is wrong and not the file")
    }

    @Test func `KEY-03, KEY-22: a running service that has not taken the newest keys over is named`() async throws {
        let store = try await makeDatabase()
        let version = try await store.keyringVersion()
        let rootKey = try #require(try await store.rootKeyInUse()).checkValue
        func finding(_ version: Int64, _ rootKey: [UInt8]?, seen: TimeInterval = 0) async throws -> Examination {
            try await store.heartbeat(
                GatewayNode(
                    id: "node-a", startedAt: clock.now, seenAt: clock.now.addingTimeInterval(seen),
                    keyringVersion: version, rootKey: rootKey))
            return try found(.keyring, in: try await examine())
        }
        #expect(try await finding(version, rootKey).status == .pass)
        for (version, rootKey) in [(version - 1, rootKey), (version, [9])] {
            let told = try await finding(version, rootKey)
            #expect(told.status == .warn && told.message.contains("node-a"))
        }
        #expect(try await finding(version - 1, rootKey, seen: -60).status == .pass, "it does not run any more")
        try store.close()
    }

    @Test func `our clock is held against Zendesk's where there is a connection to ask`() async throws {
        let standIn = EmulatorWorld.forTests(clock: clock)
        let store = try await makeDatabase()
        _ = try await connect(store, accessEnd: 3_600)
        try store.close()
        try await withStandIn(standIn) { policy in
            let changes = ["LATCHKEY_ZENDESK_DOMAIN": policy.authority, "LATCHKEY_ZENDESK_PLAIN_HTTP": "true"]
            for (shift, status, words) in [
                (Int64(0), "pass", "within a minute"), (61, "warn", "61 seconds behind"),
                (-301, "fail", "301 seconds ahead"),
            ] {
                standIn.update("acme") { $0.switches.dateShiftSeconds = shift }
                let finding = try found(.clock, in: try await examine(changes))
                #expect(finding.status.rawValue == status && finding.message.contains(words), "\(finding)")
            }
            #expect(try found(.egress, in: try await examine(changes)).status == .pass, "nobody has to allow addresses")
        }
    }

    @Test func `a place for the database that is not there is told by disk and database alike`() async throws {
        let report = try await examine(["LATCHKEY_DATABASE_URL": "sqlite:\(scratch.path)/nowhere/latchkey.sqlite"])
        #expect(try found(.disk, in: report).status == .fail)
        #expect(try found(.database, in: report).status != .pass)
        let room = try found(.disk, in: try await examine())
        #expect(room.message.contains("MiB are free"))
    }

    @Test func `KEY-29: a database older than the checkpoint kept elsewhere, and another one altogether, fail`()
        async throws
    {
        let (file, path) = (scratch.path + "/checkpoints", scratch.path + "/latchkey.sqlite")
        let changes = ["LATCHKEY_AUDIT_CHECKPOINT_FILE": file]
        let witness = AuditCheckpointFile(path: file)
        let rootKey = try #require(try settings(try scratch.goodEnvironment()).rootKeys.first)
        func checkpoint(_ store: SQLiteStore) async throws {
            try await store.append([AuditEvent(at: clock.now, actor: .system, action: .serviceStarted)])
            let log = AuditLog(store: store, rootKey: rootKey, witnesses: [witness], clock: clock, metrics: Metrics())
            _ = try await log.checkpoint()
        }
        let store = try await makeDatabase()
        try await checkpoint(store)
        try store.close()
        try FileManager.default.copyItem(atPath: path, toPath: path + ".older")
        #expect(try found(.audit, in: try await examine(changes)).message.contains("agrees with the newest checkpoint"))
        #expect(try found(.audit, in: try await examine()).message.contains("kept nowhere else"))
        let again = try await SQLiteStore.open(path: path, createIfMissing: false)
        try await checkpoint(again)
        try again.close()
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.moveItem(atPath: path + ".older", toPath: path)
        let older = try found(.audit, in: try await examine(changes))
        #expect(older.status == .fail && older.message.contains("older than the audit checkpoint"))
        try FileManager.default.removeItem(atPath: path)
        let other = try await makeDatabase()
        try await other.append([AuditEvent(at: clock.now, actor: .system, action: .serviceStarted)])
        try other.close()
        #expect(try found(.audit, in: try await examine(changes)).status == .fail)
    }
}
