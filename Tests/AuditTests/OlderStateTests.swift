import Foundation
import GRDB
import Gateway
import GatewayCore
import Storage
import TestSupport
import Testing
import ZendeskEmulator

@testable import StorageSQLite

/// A gateway whose database is put back to an earlier moment while the world goes on.
private struct RestoredWorld {
    let gateway: SampleGateway
    let connection: Connection
    let log: AuditLog
    let refresher: Refresher
    let shelf: WitnessShelf

    /// `renewing`: after the backup the tokens were renewed, so that what the backup has is spent.
    init(renewing: Bool, later: TimeInterval = 60) async throws {
        let clock = HandClock()
        let standIn = EmulatorWorld.forTests(clock: clock)
        let policy = try HostPolicy(parsing: "zendesk.localhost:9443", usesPlainHTTP: true)
        let store = try SQLiteStore.inMemory()
        let before = try await SampleGateway(
            standIn: standIn, policy: policy, clock: clock, transport: WatchedTransport(Bridge(standIn)), store: store)
        let rootKey = before.rootKey
        let shelf = WitnessShelf()
        self.shelf = shelf
        let metrics = Metrics()
        let first = AuditLog(store: store, rootKey: rootKey, witnesses: [shelf], clock: clock, metrics: metrics)
        connection = try await before.connect()
        try await first.checkpoint()
        let backup = try SQLiteStore.inMemory()
        try store.writer.backup(to: backup.writer)

        if renewing { _ = try await before.broker.refresh(connection.id, actor: .system) }
        try await store.append([AuditWorld.event(1, at: clock.now)])
        try await first.checkpoint()
        clock.advance(by: later)

        log = AuditLog(store: backup, rootKey: rootKey, witnesses: [shelf], clock: clock, metrics: metrics)
        before.transport.forget()
        gateway = before
        let log = log
        let credentials = CredentialVault(vault: before.vault)
        refresher = Refresher(
            RefreshDependencies(
                store: backup, credentials: credentials, transport: before.transport,
                zendesk: SampleGateway.zendesk(policy),
                revocations: RevocationQueue(
                    store: backup, credentials: credentials, transport: before.transport, policy: policy, clock: clock),
                spill: SpillShelf(), clock: clock, random: SystemRandomSource(), metrics: metrics,
                isDatabaseDoubtful: { log.standing.isDoubtful }))
        self.backup = backup
    }

    let backup: SQLiteStore

    func now() async throws -> Connection { try #require(try await backup.connection(connection.id)) }

    func planned() async throws { _ = try await RefreshScheduler(refresher).runOnce() }

    var sent: Int { gateway.transport.calls(to: "/oauth/tokens").count }
    var probes: Int { gateway.transport.calls.count - sent }
}

@Suite("RT-40 KEY-29: tokens older than the log") struct OlderStateTests {
    @Test(
        "RT-40 KEY-29: every connection is flagged before anything is sent, and stays usable as far as its access token lives"
    )
    func flagged() async throws {
        let world = try await RestoredWorld(renewing: false)
        #expect(try await world.log.startCheck().isDoubtful)
        let connection = try await world.now()
        #expect(connection.status == .inDoubt && connection.statusReason == "token.older_than_log")
        let entry = try #require(try await world.backup.refreshState(of: connection.id)?.entry)
        #expect(entry.outcome == "token.older_than_log" && entry.endedAt == nil)
        #expect(world.gateway.transport.calls.isEmpty)
        let flags = try await world.backup.auditEntries(after: 0, limit: 100).map(\.event)
            .filter { $0.outcome == .failed(code: "token.older_than_log") }
        #expect(flags.map(\.action) == [.connectionInDoubt] && flags.first?.connection == connection.id)
        // A second look at the same database flags nothing twice.
        try await world.log.startCheck()
        #expect(try await StateOlderThanLog(store: world.backup, clock: world.gateway.clock, node: "n").flagAll() == 0)
    }

    @Test(
        "RT-40 KEY-29: where nothing was renewed since, one probe clears the connection and no refresh token is spent")
    func unchanged() async throws {
        let world = try await RestoredWorld(renewing: false)
        try await world.log.startCheck()
        try await world.planned()
        #expect(world.probes == 1 && world.sent == 0)
        let connection = try await world.now()
        #expect(connection.status == .active && connection.statusReason == nil && connection.generation == 1)
        // Proven once is proven: a restart does not flag it again.
        #expect(try await StateOlderThanLog(store: world.backup, clock: world.gateway.clock, node: "n").flagAll() == 0)
        #expect(try await world.refresher.refresh(connection.id, .forced) == .current)
        #expect(try await world.now().generation == 2 && world.gateway.standIn.doubleUses == 0)
    }

    @Test("RT-40 KEY-29: what was proven after one restore proves nothing after the next")
    func restoredAgain() async throws {
        let world = try await RestoredWorld(renewing: false)
        try await world.log.startCheck()
        try await world.planned()
        #expect(try await world.now().status == .active, "it was proven to be current")
        _ = try await world.log.acceptRestore(actor: .commandLine)
        let second = try SQLiteStore.inMemory()
        try world.backup.writer.backup(to: second.writer)
        // A renewal that the second restore loses.
        world.gateway.clock.advance(by: 60)
        #expect(try await world.refresher.refresh(world.connection.id, .forced) == .current)
        try await world.log.checkpoint()
        world.gateway.clock.advance(by: 60)
        let log = AuditLog(
            store: second, rootKey: world.gateway.rootKey, witnesses: [world.shelf], clock: world.gateway.clock,
            metrics: Metrics())
        #expect(try await log.startCheck().isDoubtful)
        let state = try #require(try await second.refreshState(of: world.connection.id))
        #expect(state.connection.status == .inDoubt && state.entry?.outcome == "token.older_than_log")
    }

    @Test(
        "RT-40 KEY-29: where it was renewed since, one probe tells, nothing is sent, and somebody has to authorize again"
    )
    func renewed() async throws {
        let world = try await RestoredWorld(renewing: true)
        try await world.log.startCheck()
        try await world.planned()
        #expect(world.probes == 1 && world.sent == 0)
        let connection = try await world.now()
        #expect(connection.status == .needsReauthorization && connection.statusReason == "token.older_than_log")
        #expect(world.gateway.standIn.doubleUses == 0, "the spent refresh token was never used")
    }

    @Test(
        "RT-40 KEY-29: where the access token has run out it waits while the newer database may be found, and tries once after"
    )
    func expired() async throws {
        let world = try await RestoredWorld(renewing: true, later: 172_801)
        try await world.log.startCheck()
        for _ in 0..<3 {
            try await world.planned()
            world.gateway.clock.advance(by: 3600)
        }
        #expect(world.sent == 0 && world.gateway.standIn.doubleUses == 0)
        #expect(try await world.now().status == .inDoubt)
        _ = try await world.log.acceptRestore(actor: .commandLine)
        for _ in 0..<3 {
            try await world.planned()
            world.gateway.clock.advance(by: 3600)
        }
        #expect(world.sent == 1, "the one marked try")
        #expect(try await world.now().status == .needsReauthorization)
    }

    @Test("RT-40 KEY-29: whoever asks for a token meets the probe first")
    func asked() async throws {
        let world = try await RestoredWorld(renewing: true)
        try await world.log.startCheck()
        let result = try await world.refresher.refresh(world.connection.id, .forced)
        #expect(result == .needsReauthorization(reason: "token.older_than_log"))
        #expect(world.sent == 0 && world.probes == 1)
    }

    @Test(
        "CR-17: a connection's row that was put back is found by the next verification, with the entry that knows better"
    )
    func rowPutBack() async throws {
        let world = try await RestoredWorld(renewing: false)
        let store = world.backup
        let old = try await store.writer.read { try $0.rows(of: world.connection.id) }
        _ = try await world.refresher.refresh(world.connection.id, .forced)
        #expect(try await world.now().generation == 2)
        try await store.writer.write { database in
            try AuditWorld.disarm(database)
            try database.putBack(old, of: world.connection.id)
        }
        #expect(try await world.now().generation == 1)
        let report = try await AuditVerification(store: store, elsewhere: []).run()
        guard case .connection(let row)? = report.problem else {
            Issue.record("\(String(describing: report.problem))")
            return
        }
        #expect(row.connection == world.connection.id && row.generation == 1 && row.logged == 2)
        let entry = try #require(try await store.auditEntries(after: row.entry - 1, limit: 1).first)
        #expect(entry.event.action == .tokensRefreshed && entry.event.generation == 2)
    }
}

extension Database {
    typealias CopiedRow = [String: DatabaseValue]

    /// Whole rows, as somebody copies them who has the file.
    fileprivate func rows(of id: ConnectionID) throws -> (connection: CopiedRow, credential: CopiedRow) {
        (
            try values("SELECT * FROM connections WHERE id = ?", id),
            try values("SELECT * FROM credentials WHERE connection_id = ?", id)
        )
    }

    fileprivate func putBack(_ rows: (connection: CopiedRow, credential: CopiedRow), of id: ConnectionID) throws {
        try put(rows.connection, into: "connections", where: "id", id)
        try put(rows.credential, into: "credentials", where: "connection_id", id)
    }

    private func values(_ sql: String, _ id: ConnectionID) throws -> CopiedRow {
        guard let row = try Row.fetchOne(self, sql: sql, arguments: [id.text]) else { return [:] }
        return Dictionary(uniqueKeysWithValues: row.map { ($0, $1) })
    }

    private func put(_ values: CopiedRow, into table: String, where key: String, _ id: ConnectionID) throws {
        let columns = values.keys.sorted()
        try execute(
            sql: "UPDATE \(table) SET \(columns.map { "\"\($0)\" = ?" }.joined(separator: ", ")) WHERE \(key) = ?",
            arguments: StatementArguments(columns.map { values[$0] ?? .null } + [id.text.databaseValue]))
    }
}
