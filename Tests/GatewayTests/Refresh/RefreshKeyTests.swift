import Foundation
import Gateway
import GatewayCore
import Storage
import StorageSQLite
import TestSupport
import Testing
import ZendeskEmulator

@Suite("Refresh and the keys") struct RefreshKeyTests {
    @Test("RT-36 KEY-07: a rotation of the keys while a refresh is under way keeps nobody's tokens from being saved")
    func rotated() async throws {
        let clock = HandClock()
        let store = try SQLiteStore.inMemory()
        let standIn = EmulatorWorld.forTests(clock: clock)
        let rootKey = try RootKeys.draw()
        let here = try await LiveKeyring(store: store, rootKey: rootKey, clock: clock)
        let there = try await LiveKeyring(store: store, rootKey: rootKey, clock: clock)
        let connection = try await GrantedConnections(
            store: store, vault: here.vault, standIn: standIn, clock: clock
        ).add("acme")
        let transport = WatchedTransport(Bridge(standIn))
        let policy = try HostPolicy(parsing: "zendesk.localhost:9443", usesPlainHTTP: true)
        let refresher = Refresher.forTests(
            store: store, credentials: CredentialVault(keyring: here), transport: transport,
            zendesk: SampleGateway.zendesk(policy), clock: clock)
        let stall = Stall()
        transport.after { _, response in
            await stall.wait()
            return response
        }
        let work = Task { try await refresher.refresh(connection.id, .forced) }
        await stall.untilReached()
        let proof = try await KeyRotation(store: store, keyring: there, clock: clock, random: SystemRandomSource())
            .rotate(actor: .commandLine)
        #expect(proof.isComplete)
        stall.letGo()
        #expect(try await work.value == .current)
        let broker = TokenBroker(
            store: store, credentials: CredentialVault(keyring: there), clock: clock, refresher: refresher)
        let token = try await broker.accessToken(for: connection.id)
        #expect(token.generation == 2 && standIn.liveTokens("acme").map(\.accessToken) == [token.token.exposeText()])
        #expect(try await store.credential(of: connection.id)?.keyID == proof.primary)
        // The invariants, in a world of its own.
        let state = try #require(try await store.refreshState(of: connection.id))
        #expect(state.entry == nil && state.connection.generation == 2 && state.connection.status == .active)
        #expect(standIn.doubleUses == 0 && transport.overlaps == 0)
        let logged = try await store.auditEntries(after: 0, limit: 1_000).map(\.event)
            .filter { $0.action == .tokensRefreshed }
        #expect(logged.map(\.generation) == [2])
    }

    @Test("KEY-23: while nothing may be sealed a due connection waits its minute, and is not claimed again and again")
    func spent() async throws {
        let clock = HandClock()
        let store = try SQLiteStore.inMemory()
        let standIn = EmulatorWorld.forTests(clock: clock)
        let rootKey = try RootKeys.draw()
        let before = try await LiveKeyring(store: store, rootKey: rootKey, clock: clock)
        let connection = try await GrantedConnections(
            store: store, vault: before.vault, standIn: standIn, clock: clock
        ).add("acme")
        let taken = try #require(try await store.dataKeys().first).sealsReserved
        _ = try await store.reserveSeals(StoredDataKey.sealLimit - taken, of: "dk-1")
        let keyring = try await LiveKeyring(store: store, rootKey: rootKey, clock: clock)
        let transport = WatchedTransport(Bridge(standIn))
        let scheduler = RefreshScheduler(
            .forTests(
                store: store, credentials: CredentialVault(keyring: keyring), transport: transport,
                zendesk: SampleGateway.zendesk(try HostPolicy(parsing: "zendesk.localhost:9443", usesPlainHTTP: true)),
                clock: clock))
        _ = try await scheduler.runOnce()
        clock.advance(by: 86_401)
        #expect(try await scheduler.runOnce() == 1)
        let due = try #require(try await store.refreshState(of: connection.id)?.schedule.due)
        #expect((60...90).contains(due.timeIntervalSince(clock.now)))
        #expect(try await scheduler.runOnce() == 0 && transport.calls.isEmpty)
    }
}
