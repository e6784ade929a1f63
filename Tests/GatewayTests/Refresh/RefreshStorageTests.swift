import Foundation
import GRDB
import Gateway
import GatewayCore
import Storage
import TestSupport
import Testing
import ZendeskEmulator

@testable import StorageSQLite

/// When the store fails around the one moment that matters.
@Suite("Refresh and a failing store") struct RefreshStorageTests {
    @Test(
        "RT-14: tokens that cannot be saved are kept beside the database, nothing else is risked, and nothing handed out"
    )
    func unsaved() async throws {
        try await withRefresh { gateway, connection async throws in
            let other = try await gateway.connectMore(["noguide"])[0]
            gateway.store.fail(.replaceCredential)
            let result = try await gateway.forced(connection.id)
            #expect(result == .notNow(code: "unsaved", until: gateway.clock.now))
            #expect(gateway.spill.kept.map(\.credential.generation) == [2])
            await #expect(throws: TokenRefusal.self) { try await gateway.broker.accessToken(for: connection.id) }
            await #expect(throws: TokenRefusal.self) { try await gateway.handedOut(connection) }
            _ = try await gateway.forced(other.id)
            #expect(gateway.tokenCalls == 1, "no other token is spent while this one hangs")
            #expect(
                try await gateway.broker.accessToken(for: other.id).generation == 1, "what is durable is handed out")
            gateway.store.heal(.replaceCredential)
            try await gateway.eventually("saved by itself") { try await gateway.now(connection.id).generation == 2 }
            try await gateway.eventually("the spill is empty") { gateway.spill.kept.isEmpty }
            #expect(try await gateway.broker.accessToken(for: connection.id).generation == 2)
            #expect(try await gateway.forced(other.id) == .current)
        }
    }

    @Test("RT-14: with the place beside the database full as well, the tokens are kept in memory and saved later")
    func unsavedAnywhere() async throws {
        try await withRefresh { gateway, connection async throws in
            gateway.store.fail(.replaceCredential)
            gateway.spill.fill()
            _ = try await gateway.forced(connection.id)
            #expect(gateway.metrics.text().contains("latchkey_spill_failures_total 1"))
            gateway.store.heal(.replaceCredential)
            try await gateway.eventually("saved by itself") { try await gateway.now(connection.id).generation == 2 }
        }
    }

    @Test("RT-14: a save that took effect although its answer was lost is found to be done, and its tokens live")
    func savedWithoutAnswer() async throws {
        try await withRefresh { gateway, connection async throws in
            gateway.store.loseAnswer(of: .replaceCredential)
            _ = try await gateway.forced(connection.id)
            try await gateway.eventually("found to be done") { gateway.spill.kept.isEmpty }
            #expect(try await gateway.now(connection.id).generation == 2)
            #expect(gateway.standIn.liveTokens("acme").count == 1, "and they were not revoked as a stranger's")
        }
    }

    @Test("RT-14: while the store does not say whose tokens it has, they are not revoked as a stranger's")
    func savedWithoutAnswerAndUnreadable() async throws {
        try await withRefresh { gateway, connection async throws in
            gateway.store.loseAnswer(of: .replaceCredential)
            let looks = Count()
            gateway.store.beforeEach(.credential) {
                looks.grow()
                throw StorageError.busy
            }
            _ = try await gateway.forced(connection.id)
            try await gateway.eventually("it looks whose they are") { looks.value > 1 }
            #expect(gateway.standIn.liveTokens("acme").count == 1 && gateway.spill.kept.count == 1)
            gateway.store.beforeEach(.credential, nil)
            try await gateway.eventually("found to be done") { gateway.spill.kept.isEmpty }
            #expect(try await gateway.now(connection.id).generation == 2)
            #expect(try await gateway.recorded(.revocationQueued).isEmpty)
        }
    }

    @Test("RT-15: where the journal cannot be written nothing is sent")
    func unwritable() async throws {
        try await withRefresh { gateway, connection async throws in
            gateway.store.fail(.beginRefresh)
            await #expect(throws: StorageError.unwritable) { try await gateway.forced(connection.id) }
            #expect(gateway.transport.calls.isEmpty)
            #expect(
                try await gateway.broker.accessToken(for: connection.id).generation == 1, "what lives is handed out")
            gateway.store.heal(.beginRefresh)
            #expect(try await gateway.forced(connection.id) == .current)
        }
    }

    @Test("RT-16: what the last run could not save is saved at the start, and a second look changes nothing")
    func merged() async throws {
        try await withRefresh { gateway, connection async throws in
            let shelf = SpillShelf()
            try await gateway.dieUnsaved(connection, shelf)
            let node = gateway.node(spill: shelf)
            #expect(await node.mergeSpilled() == [])
            let told = try await gateway.now(connection.id)
            #expect(told.generation == 2 && told.status == .active && shelf.kept.isEmpty)
            #expect(gateway.standIn.liveTokens("acme").count == 1)
        }
    }

    @Test("RT-16: what is saved out of the spill is told to its tenant, with its recovery")
    func mergedAndTold() async throws {
        try await withRefresh { gateway, connection async throws in
            let shelf = SpillShelf()
            try await gateway.dieUnsaved(connection, shelf)
            gateway.clock.advance(by: 36)
            try await gateway.runSchedule()
            #expect(try await gateway.now(connection.id).status != .active, "as far as anybody knows")
            _ = await gateway.node(spill: shelf).mergeSpilled()
            for action in [AuditAction.tokensRefreshed, .connectionRecovered] {
                let told = try #require(try await gateway.recorded(action).last)
                #expect(told.tenant == connection.tenant && told.subject == "acme" && told.actor == .system)
            }
        }
    }

    @Test("RT-16: two processes that find the same file save it once, and neither revokes what the other saved")
    func mergedTwice() async throws {
        try await withRefresh { gateway, connection async throws in
            gateway.store.fail(.replaceCredential)
            _ = try await gateway.forced(connection.id)
            let other = gateway.node(store: gateway.store.inside, spill: gateway.spill)
            #expect(await other.mergeSpilled() == [])
            #expect(try await gateway.now(connection.id).generation == 2)
            gateway.store.heal(.replaceCredential)
            try await gateway.eventually("the first one notices") { await !gateway.refresher.holdsUnsavedTokens }
            #expect(gateway.standIn.liveTokens("acme").count == 1)
            #expect(try await gateway.recorded(.revocationQueued).isEmpty)
        }
    }

    @Test("RT-16: tokens whose generation does not follow are kept and reported, never saved")
    func fitsNothing() async throws {
        try await withRefresh { gateway, connection async throws in
            let shelf = SpillShelf()
            try await gateway.dieUnsaved(connection, shelf)
            try await gateway.connect(reauthorizing: connection.id)
            let node = gateway.node(spill: shelf)
            #expect(await node.mergeSpilled() == ["\(connection.id).2"])
            #expect(shelf.kept.count == 1)
            #expect(try await gateway.now(connection.id).generation == 2)
            #expect(try await gateway.broker.accessToken(for: connection.id).generation == 2)
            gateway.clock.advance(by: 36)
            try await gateway.runSchedule()
        }
    }

    @Test("RT-16: files in the spill survive, whole or not at all, and an unreadable one is named")
    func files() async throws {
        try await withRefresh { gateway, connection async throws in
            let path = NSTemporaryDirectory() + "/latchkey-spill-\(UUID().uuidString)"
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
            defer { try? FileManager.default.removeItem(atPath: path) }
            let directory = SpillDirectory(path: path)
            let shelf = SpillShelf()
            try await gateway.dieUnsaved(connection, shelf)
            let renewal = try #require(shelf.kept.first)
            try directory.keep(renewal)
            #expect(directory.waiting().renewals == [renewal])
            let name = try #require(try FileManager.default.contentsOfDirectory(atPath: path).first)
            let mode = try FileManager.default.attributesOfItem(atPath: path + "/" + name)[.posixPermissions] as? Int
            #expect(mode == 0o600)
            let token = gateway.standIn.liveTokens("acme")[0]
            let content = String(decoding: try Data(contentsOf: URL(filePath: path + "/" + name)), as: UTF8.self)
            let refreshToken = try #require(token.refreshToken)
            #expect(!content.contains(token.accessToken) && !content.contains(refreshToken))
            try Data("{\"version\":1".utf8).write(to: URL(filePath: path + "/other.2.renewal"))
            try Data("half".utf8).write(to: URL(filePath: path + "/torn.renewal.part"))
            #expect(directory.waiting().unreadable == ["other.2.renewal"])
            // Its writer died between the last octet and the name.
            try FileManager.default.moveItem(atPath: path + "/" + name, toPath: path + "/" + name + ".part")
            #expect(directory.waiting().renewals == [renewal])
            let node = gateway.node(spill: directory)
            #expect(await node.mergeSpilled() == ["other.2.renewal"])
            #expect(try await gateway.now(connection.id).generation == 2)
            let left = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
            #expect(left == ["other.2.renewal", "torn.renewal.part"])
        }
    }

    @Test("RT-41: whatever fails beside the answer, the entry is taken up again and the grant survives")
    func everythingFails() async throws {
        try await withRefresh { gateway, connection async throws in
            gateway.fault(.dropBefore)
            gateway.store.fail(.noteRefresh)
            await #expect(throws: StorageError.unwritable) { try await gateway.forced(connection.id) }
            gateway.store.heal(.noteRefresh)
            #expect(try await gateway.broker.accessToken(for: connection.id).generation == 1)
            gateway.clock.advance(by: 36)
            try await gateway.runSchedule()
            #expect(try await gateway.now(connection.id).status == .inDoubt)
            gateway.clock.advance(by: 80)
            try await gateway.runSchedule()
            #expect(try await gateway.now(connection.id).generation == 2)
        }
    }

    @Test(
        "RT-12b: a doubt whose refresh token does not open stays a doubt, and its retry is marked when it opens again")
    func cannotOpen() async throws {
        try await withRefresh { gateway, connection async throws in
            let store = try #require(gateway.store.inside as? SQLiteStore)
            gateway.fault(.dropBefore)
            gateway.fault(.status, path: "/api/*", status: 503, times: 1_000_000)
            _ = try await gateway.forced(connection.id)
            let sealed = try #require(try await gateway.store.credential(of: connection.id)?.refreshToken)
            try await store.setRefreshToken(sealed.reversed(), of: connection.id)
            gateway.clock.advance(by: 172_801)
            try await gateway.runSchedule()
            #expect(gateway.tokenCalls == 1)
            #expect(try await gateway.store.refreshState(of: connection.id)?.entry?.phase == .inDoubt)
            try await store.setRefreshToken(sealed, of: connection.id)
            for _ in 0..<3 {
                gateway.clock.advance(by: 1_000)
                try await gateway.runSchedule()
            }
            #expect(try await gateway.now(connection.id).generation == 2 && gateway.tokenCalls == 2)
            #expect(try await gateway.recorded(.refreshBegun).count == 1, "the second one was marked")
        }
    }

    @Test("RT-41: a take-over that fails leaves the entry for the next look")
    func takeOverFails() async throws {
        try await withRefresh { gateway, connection async throws in
            try await gateway.dieBeforeSending(connection)
            gateway.store.fail(.takeOverRefresh)
            gateway.clock.advance(by: 36)
            try await gateway.runSchedule()
            gateway.store.heal(.takeOverRefresh)
            gateway.clock.advance(by: 120)
            try await gateway.runSchedule()
            #expect(try await gateway.now(connection.id).generation == 2)
        }
    }
}

extension SQLiteStore {
    /// As if the file had been damaged.
    fileprivate func setRefreshToken(_ sealed: [UInt8], of id: ConnectionID) async throws {
        try await writer.write { database in
            try database.execute(
                sql: "UPDATE credentials SET refresh_token = ? WHERE connection_id = ?",
                arguments: [Data(sealed), id.text])
        }
    }
}

extension SampleGateway {
    /// As the API hands out: by what it read together with the caller's key.
    func handedOut(_ connection: Connection) async throws -> Leases.HandedOut {
        let (key, token) = try await apiKeys.create(
            name: "k", scopes: [.credentialsRead], tenant: nil, actor: .commandLine)
        let found = try #require(try await store.handOff(keyDigest: token.digest, connection: connection.id)?.held)
        let ask = Leases.Ask(connection: connection.id, minimumLifetime: 0, allowsFailingPreflight: true)
        return try await leases.handOut(ask, of: found, to: key.id)
    }

    /// A process renews, cannot save, and dies: its tokens lie on the shelf.
    func dieUnsaved(_ connection: Connection, _ shelf: SpillShelf) async throws {
        let broken = TroubledStore(store.inside)
        broken.fail(.replaceCredential)
        let dying = node(store: broken, spill: shelf)
        _ = try await dying.refresh(connection.id, .forced)
        await dying.giveUp()
    }

    /// A process writes its entry and dies before anything leaves.
    func dieBeforeSending(_ connection: Connection) async throws {
        let now = clock.now
        _ = try await store.beginRefresh(
            of: connection.id, generation: connection.generation,
            by: RefreshHolder(name: "dead", at: now, until: now.addingTimeInterval(35)),
            audit: AuditEvent(at: now, actor: .system, action: .refreshBegun, connection: connection.id))
    }
}
