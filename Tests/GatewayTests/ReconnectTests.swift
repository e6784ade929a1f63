import Foundation
import Gateway
import GatewayCore
import HTTPTypes
import Storage
import TestSupport
import Testing
import TokenVault
import ZendeskEmulator

@Suite("Reconnect") struct ReconnectTests {
    @Test func `a reconnect keeps the id and its beginning, and the generation grows`() async throws {
        try await withGateway { gateway in
            let first = try await gateway.connect(level: .read)
            gateway.clock.advance(by: 3_600)
            let second = try await gateway.connect(level: .readAndAct, reauthorizing: first.id)
            #expect(second.id == first.id && second.generation == 2 && second.createdAt == first.createdAt)
            #expect(second.updatedAt == gateway.clock.now && second.permissionLevel == .readAndAct)
            #expect(second.preflight == nil && second.sync.state == .waitingForPreflight)
            #expect(try await gateway.actions.filter { $0 == .connectionReauthorized }.count == 1)
            #expect(try await gateway.store.connection(first.id) == second)
        }
    }

    @Test func `connecting an organization again goes to the connection that is there`() async throws {
        try await withGateway { gateway in
            let first = try await gateway.connect()
            #expect(try await gateway.connect().id == first.id)
            #expect(try await gateway.store.connections(matching: ConnectionQuery()).connections.count == 1)
        }
    }

    @Test func `tokens under a key that the keyring does not have keep nobody from connecting again`() async throws {
        try await withGateway { gateway in
            var connection = try await gateway.connect()
            let credential = try #require(try await gateway.store.credential(of: connection.id))
            var sealed = credential.accessToken
            // The last octet of the key's number.
            sealed[9] = 99
            connection.generation = 2
            try await gateway.store.saveConnected(
                connection,
                credential: SealedCredential(
                    connection: connection.id, generation: 2, accessToken: sealed, refreshToken: nil,
                    keyID: credential.keyID),
                replacing: 1, audit: [])
            await #expect(throws: DisconnectRefusal.self) {
                _ = try await gateway.disconnect.run(connection, actor: .system)
            }
            #expect(try await gateway.store.credential(of: connection.id) != nil)
            let again = try await gateway.connect()
            #expect(again.id == connection.id && again.generation == 3)
            let receipt = try await gateway.disconnect.run(again, actor: .system)
            #expect(receipt.verifiedDead)
        }
    }

    @Test func `two tenants have a connection each to the same organization`() async throws {
        try await withGateway { gateway in
            let one = try await gateway.connect(
                in: try await gateway.signIn(tenant: try #require(TenantID("one"))).session)
            let two = try await gateway.connect(
                in: try await gateway.signIn(tenant: try #require(TenantID("two"))).session)
            #expect(one.id != two.id && two.generation == 1)
            #expect(gateway.standIn.liveTokens("acme").count == 2)
        }
    }

    @Test func `tokens of the generation before do not open in the place of the new ones`() async throws {
        try await withGateway { gateway in
            let first = try await gateway.connect()
            let old = try #require(try await gateway.store.credential(of: first.id))
            let second = try await gateway.connect()
            let context = SealingContext(
                tenant: "default", table: "credentials", row: first.id.text, column: "access_token",
                generation: second.generation, organization: "acme")
            #expect(throws: VaultError.cannotOpen) {
                try gateway.vault.open(try SealedRecord(parsing: old.accessToken), in: context)
            }
        }
    }

    @Test(arguments: PermissionLevel.allCases)
    func `OA-100 the new grant is kept first and the old one revoked afterwards`(_ before: PermissionLevel) async throws
    {
        try await withGateway { gateway in
            let first = try await gateway.connect(level: before)
            let old = try #require(gateway.standIn.liveTokens("acme").first)
            gateway.transport.before { request throws(TransportFailure) in
                guard request.method == .delete else { return nil }
                let kept = try? await gateway.store.connection(first.id)
                #expect(kept?.generation == 2, "revoked before the new grant was kept")
                return nil
            }
            _ = try await gateway.connect(level: .readAndAct)
            let live = gateway.standIn.liveTokens("acme")
            #expect(live.count == 1 && live.first?.id != old.id)
            #expect(try await gateway.settled == [.succeeded])
        }
    }

    @Test func `OA-100 a Zendesk that does not revoke the old grant cannot cost the new one`() async throws {
        try await withGateway { gateway in
            try await gateway.connect()
            gateway.answer("/api/v2/oauth/tokens", method: .delete, status: 503, "")
            let second = try await gateway.connect()
            #expect(second.status == .active && gateway.standIn.liveTokens("acme").count == 2)
            #expect(try await gateway.settled.isEmpty)
            gateway.transport.before(nil)
            gateway.clock.advance(by: 30)
            try await gateway.revocations.runDue()
            #expect(gateway.standIn.liveTokens("acme").count == 1, "the old one, as soon as Zendesk is back")
            #expect(try await gateway.settled == [.succeeded])
        }
    }

    @Test func `OA-100 where Zendesk has both grants as one record the old one is not deleted`() async throws {
        try await withGateway { gateway in
            try await gateway.connect()
            gateway.answer("/api/v2/oauth/tokens/current", status: 200, #"{"token":{"id":7}}"#)
            _ = try await gateway.connect()
            #expect(!gateway.transport.calls.contains { $0.request.method == .delete })
            #expect(gateway.standIn.liveTokens("acme").count == 2)
        }
    }

    @Test("RT-34: a reconnect wins over a refresh in flight, and the refresh's late tokens are revoked")
    func lateRefresh() async throws {
        try await withGateway { gateway in
            let first = try await gateway.connect(level: .read)
            let stall = Stall()
            gateway.transport.after { request, response in
                if request.path == "/oauth/tokens" { await stall.wait() }
                return response
            }
            async let refreshed = gateway.refresher.refresh(first.id, .forced)
            await stall.untilReached()
            // The token request of the reconnect is not held back.
            gateway.transport.after(nil)
            let reconnected: Result<Connection, any Error>
            do {
                reconnected = .success(try await gateway.connect(level: .readAndAct, reauthorizing: first.id))
            } catch {
                reconnected = .failure(error)
            }
            // Whatever came of it: a refresh that is held back for ever would be no failure that anybody sees.
            stall.letGo()
            let result = try await refreshed
            let second = try reconnected.get()
            #expect(result == .current, "what was wanted is there, by another way")
            #expect(try await gateway.store.connection(first.id) == second, "not touched by what came late")
            #expect(second.generation == 2 && second.permissionLevel == .readAndAct)
            #expect(try await gateway.store.lastRefresh(of: first.id)?.phase == .superseded)
            gateway.clock.advance(by: 60)
            try await gateway.revocations.runDue()
            let live = gateway.standIn.liveTokens("acme")
            #expect(live.count == 1 && live.first?.scopes.contains("write") == true, "the late tokens are dead")
            #expect(try await gateway.store.pendingRevocations(of: first.id).isEmpty)
            try await checkInvariants(gateway)
        }
    }

    @Test("RT-34: a refresh that commits while somebody signs in again does not stop the reconnect")
    func refreshBetween() async throws {
        try await withGateway { gateway in
            let first = try await gateway.connect(level: .read)
            gateway.store.before(.saveConnected) {
                let refreshed = try await gateway.broker.refresh(first.id, actor: .system)
                #expect(refreshed.generation == 2)
            }
            let third = try await gateway.connect(level: .readAndAct, reauthorizing: first.id)
            #expect(third.id == first.id && third.generation == 3 && third.permissionLevel == .readAndAct)
            let live = gateway.standIn.liveTokens("acme")
            #expect(live.count == 1 && live.first?.scopes.contains("write") == true)
            try await checkInvariants(gateway)
        }
    }

    @Test("OA-100: after a step up the former grant waits in the queue while Zendesk is down, and dies when it is back")
    func queuedGrant() async throws {
        try await withGateway { gateway in
            let first = try await gateway.connect(level: .readAndAct)
            gateway.answer("/api/v2/oauth/tokens", method: .delete, status: 503, "")
            let second = try await gateway.connect(level: .readAndAct, reauthorizing: first.id)
            let waiting = try await gateway.store.pendingRevocations(of: first.id)
            #expect(waiting.map(\.generation) == [1] && second.generation == 2)
            let overview = try await gateway.store.overview(of: second, at: gateway.clock.now)
            #expect(overview.waiting == waiting)
            #expect(overview.isBeingPlanned && overview.nextRefreshAt == nil, "no date before the scheduler looked")
            let refreshed = try await gateway.broker.refresh(first.id, actor: .system)
            #expect(refreshed.generation == 3, "the new grant lives and is renewed meanwhile")
            gateway.transport.before(nil)
            gateway.clock.advance(by: 900)
            try await gateway.revocations.runDue()
            #expect(try await gateway.store.pendingRevocations(of: first.id).isEmpty)
            #expect(gateway.standIn.liveTokens("acme").count == 1)
        }
    }

    @Test func `somebody else's connection cannot be authorized again`() async throws {
        try await withGateway { gateway in
            let theirs = try await gateway.connect(
                in: try await gateway.signIn(tenant: try #require(TenantID("one"))).session)
            let mine = try await gateway.signIn().session
            await #expect(throws: StorageError.conflict) {
                try await gateway.begin("acme", in: mine, reauthorizing: theirs.id)
            }
            #expect(try await gateway.store.connection(theirs.id) == theirs)
            #expect(gateway.standIn.liveTokens("acme").count == 1)
        }
    }

    @Test func `a connection cannot be moved to another organization`() async throws {
        try await withGateway { gateway in
            let connection = try await gateway.connect("acme")
            let told = try await reconnecting(gateway, "noguide", connection.id)
            #expect(told?.code == "identity.other_connection")
            #expect(try await gateway.store.connection(connection.id) == connection)
            #expect(gateway.standIn.organization("noguide")?.tokens.counters.issued == 0)
        }
    }

    @Test func `disconnected is final, and a new connect is a new connection`() async throws {
        try await withGateway { gateway in
            let first = try await gateway.connect()
            _ = try await gateway.disconnect.run(first, actor: .system)
            let told = try await reconnecting(gateway, "acme", first.id)
            #expect(told?.code == "identity.other_connection")
            #expect(gateway.standIn.counters.issued == 1, "refused before the exchange")
            #expect(try await gateway.store.connection(first.id)?.status == .disconnected)
            let second = try await gateway.connect()
            #expect(second.id != first.id && second.generation == 1)
        }
    }

    private func reconnecting(
        _ gateway: SampleGateway, _ subdomain: String, _ id: ConnectionID
    ) async throws -> Explanation? {
        let departure = try await gateway.begin(
            subdomain, in: try await gateway.signIn().session, reauthorizing: id)
        let query = try gateway.approve(departure)
        return await refusal { try await gateway.complete(query, from: departure) }
    }
}
