import Foundation
import Gateway
import GatewayCore
import Storage
import TestSupport
import Testing
import ZendeskEmulator

@Suite("Callback") struct CallbackTests {
    @Test func `OA-25 of a hundred equal callbacks one wins and one exchange leaves`() async throws {
        try await withGateway { gateway in
            let departure = try await gateway.begin(in: try await gateway.signIn().session)
            let query = try gateway.approve(departure)
            let outcomes = await withTaskGroup(of: String?.self) { group in
                for _ in 0..<100 {
                    group.addTask { await refusal { try await gateway.complete(query, from: departure) }?.code }
                }
                return await group.reduce(into: [String?]()) { $0.append($1) }
            }
            #expect(outcomes.count { $0 == nil } == 1)
            #expect(outcomes.count { $0 == "callback.unknown_or_used" } == 99)
            #expect(gateway.tokenCalls == 1)
            #expect(gateway.standIn.counters.issued == 1 && gateway.standIn.counters.replayedCodes == 0)
            #expect(try await gateway.store.connections(matching: ConnectionQuery()).connections.count == 1)
        }
    }

    @Test(arguments: [false, true])
    func `OA-10 OA-18 an answer after ten minutes is refused without a call`(swept: Bool) async throws {
        try await withGateway { gateway in
            let departure = try await gateway.begin(in: try await gateway.signIn().session)
            let query = try gateway.approve(departure)
            gateway.clock.advance(by: 600)
            if swept {
                try await gateway.store.sweepPendingAuthorizations(
                    now: gateway.clock.now, forgetting: gateway.clock.now.addingTimeInterval(-86_400))
            }
            let told = await refusal { try await gateway.complete(query, from: departure) }
            #expect(told?.code == "callback.unknown_or_used")
            #expect(gateway.transport.calls.isEmpty)
            #expect(try await gateway.refusedCodes == ["callback.unknown_or_used"])
        }
    }

    @Test func `OA-10 an answer just within ten minutes is accepted`() async throws {
        try await withGateway { gateway in
            let departure = try await gateway.begin(in: try await gateway.signIn().session)
            gateway.clock.advance(by: 599)
            let connected = try await gateway.complete(try gateway.approve(departure), from: departure)
            #expect(connected.connection.status == .active)
        }
    }

    @Test func `OA-16 an attacker's state and code in the victim's browser are refused without a call`() async throws {
        try await withGateway { gateway in
            let attacker = try await gateway.begin("acme", in: try await gateway.signIn().session)
            let victim = try await gateway.begin("acme", in: try await gateway.signIn().session)
            let query = try gateway.approve(attacker)
            let withoutCookie = await refusal { try await gateway.complete(query, from: victim) }
            #expect(withoutCookie?.code == "callback.other_browser")
            // A browser that presents its own cookie under the attacker's state.
            let planted = ConnectFlow.Arrival(query: query, browser: { _ in victim.browser }, session: nil)
            let withOwn = await refusal { try await gateway.connectFlow.complete(planted) }
            #expect(withOwn?.code == "callback.unknown_or_used")
            #expect(gateway.transport.calls.isEmpty)
            #expect(try await gateway.keptNothing == false, "both still wait")
            #expect(try await gateway.store.pendingAuthorizations(of: .default).count == 2)
        }
    }

    @Test func `OA-17 OA-45 a callback repeated after success changes nothing and makes no call`() async throws {
        try await withGateway { gateway in
            let departure = try await gateway.begin(in: try await gateway.signIn().session)
            let query = try gateway.approve(departure)
            let kept = try await gateway.complete(query, from: departure).connection
            gateway.transport.forget()
            let told = await refusal { try await gateway.complete(query, from: departure) }
            #expect(told?.code == "callback.unknown_or_used")
            #expect(gateway.transport.calls.isEmpty)
            #expect(try await gateway.store.connection(kept.id) == kept)
            #expect(gateway.standIn.liveTokens("acme").count == 1)
        }
    }

    @Test func `OA-24 two tabs and two organizations each end with their own connection`() async throws {
        try await withGateway { gateway in
            let session = try await gateway.signIn().session
            let first = try await gateway.begin("acme", in: session)
            let second = try await gateway.begin("noguide", in: session)
            let late = try await gateway.complete(try gateway.approve(second), from: first, second).connection
            let early = try await gateway.complete(try gateway.approve(first), from: first, second).connection
            #expect(late.subdomain == "noguide" && early.subdomain == "acme")
        }
    }

    @Test func `OA-24 OA-35 a code that arrives under another tab's state goes to that tab's organization only`()
        async throws
    {
        try await withGateway { gateway in
            let session = try await gateway.signIn().session
            let first = try await gateway.begin("acme", in: session)
            let second = try await gateway.begin("noguide", in: session)
            let code = try #require(parameter("code", of: try gateway.approve(first)))
            let state = try #require(parameter("state", of: try gateway.approve(second)))
            let told = await refusal {
                try await gateway.complete("code=\(code)&state=\(state)", from: first, second)
            }
            #expect(told?.code == "exchange.error.invalid_grant")
            #expect(gateway.transport.calls.map(\.request.organization.subdomain) == ["noguide"])
        }
    }

    @Test(arguments: [
        "code=abc", "state=&code=abc", "state=abc&state=abc&code=abc", "STATE=abc&code=abc", "state%5B%5D=abc&code=abc",
        "state=a%62c&code=abc", "state=abc", "state=abc&code=", "state=abc&code=abc&error=access_denied",
        "state=abc&code=a&code=b", "state=abc&code=a%0D%0Ab", "state=abc&code=a%00b", "state=ab%FFc&code=abc", "",
    ])
    func `OA-13 to OA-22 and OA-40 to OA-44 an odd answer is refused without a call`(query: String) async throws {
        try await withGateway { gateway in
            let departure = try await gateway.begin(in: try await gateway.signIn().session)
            let told = await refusal {
                try await gateway.connectFlow.complete(
                    ConnectFlow.Arrival(query: query, browser: { _ in departure.browser }, session: nil))
            }
            #expect(told?.code.hasPrefix("authorization_response.") == true)
            #expect(gateway.transport.calls.isEmpty)
            #expect(try await gateway.refusedCodes == [told?.code])
            #expect(try await gateway.store.pendingAuthorizations(of: .default).count == 1)
        }
    }

    @Test func `OA-15 a state that is wrong by one bit is refused without a call`() async throws {
        try await withGateway { gateway in
            let departure = try await gateway.begin(in: try await gateway.signIn().session)
            let query = try gateway.approve(departure)
            let state = try #require(parameter("state", of: query))
            let flipped = (state.first == "A" ? "B" : "A") + state.dropFirst()
            let told = await refusal {
                try await gateway.connectFlow.complete(
                    ConnectFlow.Arrival(
                        query: query.replacing(state, with: flipped), browser: { _ in departure.browser },
                        session: nil))
            }
            #expect(told?.code == "callback.unknown_or_used")
            #expect(gateway.transport.calls.isEmpty)
        }
    }

    @Test(arguments: ["", "%2F", ":443", ".evil.example"])
    func `OA-30 OA-33 an answer that names another issuer is refused without a call`(tail: String) async throws {
        try await withGateway { gateway in
            let departure = try await gateway.begin("acme", in: try await gateway.signIn().session)
            let issuer =
                tail.isEmpty ? "http://noguide.\(gateway.policy.authority)" : "http://acme.\(gateway.policy.authority)"
            let query = try gateway.approve(departure) + "&iss=\(issuer)\(tail)"
            let told = await refusal { try await gateway.complete(query, from: departure) }
            #expect(told?.code == "authorization_response.issuer_mismatch")
            #expect(gateway.transport.calls.isEmpty)
            #expect(try await gateway.keptNothing)
        }
    }

    @Test func `the right issuer is accepted`() async throws {
        try await withGateway { gateway in
            let departure = try await gateway.begin("acme", in: try await gateway.signIn().session)
            let query = try gateway.approve(departure) + "&iss=http://acme.\(gateway.policy.authority)"
            #expect(try await gateway.complete(query, from: departure).connection.status == .active)
        }
    }

    @Test func `without a store that can take the state back nothing is called`() async throws {
        try await withGateway { gateway in
            let departure = try await gateway.begin(in: try await gateway.signIn().session)
            gateway.store.fail(.consumePending)
            await #expect(throws: (any Error).self) {
                try await gateway.complete(try gateway.approve(departure), from: departure)
            }
            #expect(gateway.transport.calls.isEmpty)
        }
    }
}
