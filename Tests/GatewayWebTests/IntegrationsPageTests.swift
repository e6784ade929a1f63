import Foundation
import GatewayCore
import Storage
import StorageSQLite
import TestSupport
import Testing

@testable import GatewayWeb

@Suite struct `The tiles and the list` {
    @Test(
        arguments: [
            ([], "Not connected", "No Zendesk organization is connected yet."),
            ([.connected], "1 connected", "The connection works."),
            ([.connected, .connectedAndSynced], "2 connected", "All connections work."),
            (
                [.inDoubt, .connected], "Being looked at",
                "1 connection is being looked at by Latchkey. 1 connection works."
            ),
            ([.checking, .unreachable], "Being looked at", "2 connections are being looked at by Latchkey."),
            ([.unchecked], "Needs attention", "1 connection needs a hand."),
            (
                [.needsAttention, .needsReauthorization, .connecting, .connected, .connected], "Needs attention",
                "2 connections need a hand. 1 connection is being looked at by Latchkey. 2 connections work."
            ),
        ] as [([ConnectionStanding], String, String)])
    func
        `the tile says how many work, how many are looked at and how many need a hand, and never that all work when one does not`(
            standings: [ConnectionStanding], word: String, sentence: String
        )
    {
        let page = IntegrationsPage(frame: PageFrame(), standings: standings, canConnect: true)
        #expect(page.zendeskMark.word == word && page.zendeskSentence == sentence)
    }

    @Test func `a connection whose checks did not end is not said to be in its organization's way`() {
        let start = PagesWorld.now
        let connection = Self.connection("acme", at: start)
        #expect(ConnectionStanding(connection, now: start.addingTimeInterval(179)) == .checking)
        #expect(ConnectionStanding(connection, now: start.addingTimeInterval(180)) == .unchecked)
        let words = ConnectionStanding.unchecked.sentence
        #expect(words.contains("the checks did not end") && !words.contains("stands in the way"))
    }

    @Test func `a warning does not hold the sync, and the page does not say so`() {
        #expect(SyncNote(state: "waiting_for_preflight").syncSentence == "Sync begins as soon as no check fails.")
    }

    @Test func `a tenant's list has every connection, however many came after it`() async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let (store, key) = (world.store, try #require(try await world.store.dataKeys().first).id)
            for number in 0...ConnectionQuery.maximumPageSize {
                let at = world.clock.now.addingTimeInterval(Double(number))
                let connection = Self.connection(number == 0 ? "the-oldest" : "org\(number)", at: at)
                try await store.saveConnected(
                    connection,
                    credential: SealedCredential(
                        connection: connection.id, generation: 1, accessToken: [1], refreshToken: [2], keyID: key),
                    replacing: nil, audit: [AuditEvent(at: at, actor: .system, action: .connectionCreated)])
            }
            let browser = try await site.signedIn()
            let list = try await browser.get("/integrations/zendesk", from: "same-origin").text
            #expect(list.contains("<bdi>org200</bdi>") && list.contains("<bdi>the-oldest</bdi>"))
            let tile = try await browser.get("/integrations", from: "same-origin").text
            #expect(tile.contains("201 connections are being looked at"))
        }
    }

    @Test func `only who may connect is offered to start again`() async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let admin = try await site.signedIn()
            _ = try await admin.connect("acme")
            let support = try await site.signedIn(roles: [.support])
            for seconds in [1.0, 700] {
                world.clock.advance(by: seconds)
                let theirs = try await admin.get("/integrations/zendesk", from: "same-origin").text
                #expect(theirs.contains("href=\"/connect\">") && theirs.lowercased().contains("start again"))
                let seen = try await support.get("/integrations/zendesk", from: "same-origin").text
                #expect(seen.contains("On the way") && !seen.contains("\"/connect\""), "\(seconds)")
            }
        }
    }

    private static func connection(_ subdomain: String, at moment: Date) -> Connection {
        Connection(
            id: ConnectionID(random: SystemRandomSource()), tenant: .default, subdomain: subdomain,
            permissionLevel: .read, grantedScopes: ScopeSet(["read"]), status: .active,
            connectedBy: ZendeskPerson(id: 7, name: "Ada", email: nil, role: "admin"), accountFingerprint: nil,
            createdAt: moment, updatedAt: moment, generation: 1, accessTokenExpiresAt: nil, refreshTokenExpiresAt: nil)
    }
}
