import Foundation
import Gateway
import GatewayCore
import HTTPTypes
import OAuth
import Storage
import TestSupport
import Testing
import ZendeskEmulator

/// When Zendesk says no to the grant or to the access token.
@Suite("Refused grants") struct RefreshGrantTests {
    private static let refusal = #"{"error":"invalid_grant","error_description":"canary"}"#

    @Test("RT-21: a refusal caused by somebody else's success adopts what is there, without alarm")
    func sibling() async throws {
        try await withRefresh { gateway, connection async throws in
            gateway.answerTokens(400, Self.refusal) {
                gateway.transport.before(nil)
                _ = try? await gateway.connect(reauthorizing: connection.id)
            }
            #expect(try await gateway.forced(connection.id) == .current)
            let told = try await gateway.now(connection.id)
            #expect(told.generation == 2 && told.status == .active)
            #expect(try await gateway.recorded(.connectionNeedsReauthorization).isEmpty)
            #expect(try await gateway.recorded(.connectionInDoubt).isEmpty)
        }
    }

    @Test(
        "RT-22: a refusal whose access token lives is asked about once more, after a pause, and may be cured",
        arguments: [400, 401])
    func glitch(status: Int) async throws {
        try await withRefresh { gateway, connection async throws in
            gateway.answerTokens(status, Self.refusal)
            _ = try await gateway.forced(connection.id)
            #expect(try await gateway.now(connection.id).status == .active)
            gateway.clock.advance(by: 74)
            try await gateway.runSchedule()
            #expect(gateway.tokenCalls == 1, "not before the pause is over")
            gateway.clock.advance(by: 2)
            try await gateway.runSchedule()
            let told = try await gateway.now(connection.id)
            #expect(told.generation == 2 && told.status == .active && gateway.tokenCalls == 2)
        }
    }

    @Test("RT-22: refused twice with a living access token is refused for good")
    func refusedTwice() async throws {
        try await withRefresh { gateway, connection async throws in
            gateway.answerTokens(400, Self.refusal, times: 2)
            _ = try await gateway.forced(connection.id)
            gateway.clock.advance(by: 76)
            try await gateway.runSchedule()
            #expect(try await gateway.now(connection.id).statusReason == "grant.rejected")
            gateway.clock.advance(by: 86_400)
            try await gateway.runSchedule()
            #expect(gateway.tokenCalls == 2)
        }
    }

    @Test("RT-22: a second try without an answer is a doubt like any other: nothing more leaves while it may be open")
    func confirmedWithoutAnswer() async throws {
        try await withRefresh { gateway, connection async throws in
            gateway.answerTokens(400, Self.refusal)
            _ = try await gateway.forced(connection.id)
            gateway.clock.advance(by: 76)
            gateway.fault(.dropBefore)
            try await gateway.runSchedule()
            gateway.clock.advance(by: 70)
            try await gateway.runSchedule()
            #expect(gateway.tokenCalls == 2, "the one without an answer may still lie in a queue")
            #expect(try await gateway.now(connection.id).status == .inDoubt)
            gateway.clock.advance(by: 10)
            try await gateway.runSchedule()
            let told = try await gateway.now(connection.id)
            #expect(told.generation == 2 && told.status == .active && gateway.tokenCalls == 3)
        }
    }

    @Test("RT-22: without a word from the access token there is no second try")
    func unprobed() async throws {
        try await withRefresh { gateway, connection async throws in
            gateway.answerTokens(400, Self.refusal)
            gateway.fault(.status, path: "/api/*", status: 503, times: 1_000_000)
            _ = try await gateway.forced(connection.id)
            for _ in 0..<60 {
                gateway.clock.advance(by: 60)
                try await gateway.runSchedule()
            }
            #expect(try await gateway.now(connection.id).status == .inDoubt && gateway.tokenCalls == 1)
            gateway.standIn.clearFaults()
            gateway.clock.advance(by: 901)
            try await gateway.runSchedule()
            #expect(try await gateway.now(connection.id).generation == 2)
        }
    }

    @Test("RT-23: a grant that the customer revoked is named at the first 401, told once, and not tried again")
    func revoked() async throws {
        try await withRefresh { gateway, connection async throws in
            gateway.standIn.revoke("acme")
            await #expect(throws: TokenRefusal.needsReauthorization(reason: "grant.rejected")) {
                try await gateway.broker.reportRejected(connection.id, generation: 1)
            }
            await #expect(throws: TokenRefusal.needsReauthorization(reason: "grant.rejected")) {
                try await gateway.broker.accessToken(for: connection.id)
            }
            for _ in 0..<10 {
                gateway.clock.advance(by: 20_000)
                try await gateway.runSchedule()
            }
            #expect(gateway.tokenCalls == 1)
            #expect(try await gateway.recorded(.connectionNeedsReauthorization).count == 1, "sync hears of it by this")
        }
    }

    @Test("RT-23: without anybody's 401 the schedule finds it within one refresh cycle")
    func revokedQuietly() async throws {
        try await withRefresh { gateway, connection async throws in
            try await gateway.runSchedule()
            gateway.standIn.revoke("acme")
            gateway.clock.advance(by: 86_401)
            try await gateway.runSchedule()
            #expect(try await gateway.now(connection.id).statusReason == "grant.rejected" && gateway.tokenCalls == 1)
        }
    }

    @Test("RT-26: a token without a named end is renewed at its first 401, and its successors before theirs")
    func learned() async throws {
        try await withRefresh { gateway, connection async throws in
            gateway.standIn.update("acme") { $0.switches.expiresInMode = .alwaysMissing }
            gateway.fault(.status, path: "/api/v2/oauth/tokens/current", status: 403, times: 1_000_000)
            _ = try await gateway.forced(connection.id)
            #expect(try await gateway.now(connection.id).accessTokenExpiresAt == nil)
            gateway.clock.advance(by: 172_801)
            #expect(
                try await gateway.broker.accessToken(for: connection.id).generation == 2, "nothing says that it died")
            let token = try await gateway.broker.reportRejected(connection.id, generation: 2)
            #expect(token.generation == 3 && token.expiresAt == gateway.clock.now.addingTimeInterval(172_801))
            gateway.clock.advance(by: 86_401)
            try await gateway.runSchedule()
            #expect(try await gateway.now(connection.id).generation == 4, "by the learned lifetime, without a 401")
        }
    }

    @Test("RT-27: a 401 for a token that should live forces one renewal, and a second 401 none: no loop")
    func unauthorized() async throws {
        try await withRefresh { gateway, connection async throws in
            gateway.clock.advance(by: 3_600)
            gateway.transport.before { request throws(TransportFailure) in
                guard request.path.hasPrefix("/api/") else { return nil }
                return OutboundResponse(
                    status: .unauthorized, headerFields: [.contentType: "application/json"],
                    body: Array(#"{"error":"invalid_token"}"#.utf8))
            }
            #expect(try await gateway.broker.reportRejected(connection.id, generation: 1).generation == 2)
            for _ in 0..<10 {
                gateway.clock.advance(by: 30)
                await #expect(throws: TokenRefusal.self) {
                    try await gateway.broker.reportRejected(connection.id, generation: 2)
                }
            }
            #expect(try await gateway.now(connection.id).status == .active && gateway.tokenCalls == 1)
        }
    }

    @Test("RT-27: a 401 for a token that has just arrived and lives by Zendesk's own word renews nothing")
    func unauthorizedAlive() async throws {
        try await withRefresh { gateway, connection async throws in
            await #expect(throws: TokenRefusal.self) {
                try await gateway.broker.reportRejected(connection.id, generation: 1)
            }
            #expect(gateway.tokenCalls == 0)
        }
    }

    @Test("RT-28: whoever reports an old generation gets the present token, without a call")
    func oldGeneration() async throws {
        try await withRefresh { gateway, connection async throws in
            _ = try await gateway.forced(connection.id)
            gateway.transport.forget()
            let token = try await gateway.broker.reportRejected(connection.id, generation: 1)
            #expect(token.generation == 2 && gateway.transport.calls.isEmpty)
        }
    }

    @Test("a wish for new tokens is not answered by somebody's wish for any token")
    func forcedBesideAnother() async throws {
        try await withRefresh { gateway, connection async throws in
            gateway.clock.advance(by: 172_801)
            let stall = gateway.stallTokens()
            let broker = gateway.broker
            let content = Task { try await broker.accessToken(for: connection.id) }
            await stall.untilReached()
            let eager = Task { try await broker.refresh(connection.id, actor: .commandLine) }
            for _ in 0..<100 { await Task.yield() }
            stall.letGo()
            #expect(try await content.value.generation >= 2)
            #expect(try await eager.value.generation == 3, "its own renewal, although another one was under way")
        }
    }

    @Test("KEY-17: a storm of revocations costs one refusal and one probe each, one alert in all, and a link for each")
    func storm() async throws {
        try await withRefresh { gateway, connection async throws in
            let names = (0..<40).map { "storm\($0)" }
            let connections = try await gateway.connectMore(names)
            try await gateway.runSchedule()
            for name in names { gateway.standIn.revoke(name) }
            gateway.clock.advance(by: 86_401)
            while try await gateway.runSchedule() > 0 {}
            for name in names {
                let calls = gateway.transport.calls.filter { $0.request.organization.subdomain == name }
                #expect(calls.map(\.request.path) == ["/oauth/tokens", "/api/v2/oauth/tokens/current.json"])
            }
            #expect(try await gateway.recorded(.grantsLostInNumbers).count == 1)
            #expect(gateway.metrics.text().contains("latchkey_revocation_storms_total 1"))
            for lost in connections {
                await #expect(throws: TokenRefusal.needsReauthorization(reason: "grant.rejected")) {
                    try await gateway.broker.accessToken(for: lost.id)
                }
            }
            #expect(try await gateway.broker.accessToken(for: connection.id).generation == 2, "others are handed out")
            let links = try await ReconnectLinks(
                store: gateway.store, sessions: gateway.connectSessions, policy: gateway.policy
            ).make(tenant: nil, actor: .commandLine)
            #expect(Set(links.map(\.connection.id)) == Set(connections.map(\.id)))
            #expect(links.allSatisfy { $0.session.connection == $0.connection.id })
        }
    }
}
