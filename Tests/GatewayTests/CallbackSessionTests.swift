import Foundation
import Gateway
import GatewayCore
import Storage
import TestSupport
import Testing
import ZendeskEmulator

@Suite("Callback and session") struct CallbackSessionTests {
    @Test func `OA-37 what was begun in one tenant's session is not finished in another's`() async throws {
        try await withGateway { gateway in
            let mine = try await gateway.signIn(tenant: try #require(TenantID("one")))
            let other = try await gateway.signIn(tenant: try #require(TenantID("two")))
            let departure = try await gateway.begin(in: mine.session)
            let query = try gateway.approve(departure)
            let told = await refusal {
                try await gateway.complete(query, from: departure, session: other.session)
            }
            #expect(told?.code == "callback.other_session")
            #expect(gateway.transport.calls.isEmpty)
            #expect(try await gateway.keptNothing)
            #expect(try await gateway.refusedCodes == ["callback.other_session"])
        }
    }

    @Test func `OA-37 another session of the same tenant does not do either`() async throws {
        try await withGateway { gateway in
            let departure = try await gateway.begin(in: try await gateway.signIn().session)
            let other = try await gateway.signIn()
            let query = try gateway.approve(departure)
            let told = await refusal {
                try await gateway.complete(query, from: departure, session: other.session)
            }
            #expect(told?.code == "callback.other_session")
            #expect(gateway.transport.calls.isEmpty)
        }
    }

    @Test func `a code is not redeemed for a session that has signed out`() async throws {
        try await withGateway { gateway in
            let opened = try await gateway.signIn()
            let departure = try await gateway.begin(in: opened.session)
            let query = try gateway.approve(departure)
            try await gateway.consoleAccess.signOut(opened.session)
            let told = await refusal { try await gateway.complete(query, from: departure) }
            #expect(told?.code == "callback.other_session")
            #expect(gateway.transport.calls.isEmpty)
            #expect(try await gateway.keptNothing)
        }
    }

    @Test func `a code is not redeemed for a session that has expired`() async throws {
        try await withGateway { gateway in
            let opened = try await gateway.signIn()
            gateway.clock.advance(by: ConsoleAccess.sessionLifetime - 60)
            let departure = try await gateway.begin(in: opened.session)
            let query = try gateway.approve(departure)
            gateway.clock.advance(by: 61)
            let told = await refusal { try await gateway.complete(query, from: departure) }
            #expect(told?.code == "callback.other_session")
            #expect(gateway.transport.calls.isEmpty)
        }
    }

    @Test func `a strict cookie that did not come along is no reason to refuse`() async throws {
        try await withGateway { gateway in
            let opened = try await gateway.signIn()
            let departure = try await gateway.begin(in: opened.session)
            let connected = try await gateway.complete(try gateway.approve(departure), from: departure, session: nil)
            #expect(connected.connection.status == .active)
        }
    }

    @Test func `OA-29 a renewed session keeps the other tab alive and the old token is dead`() async throws {
        try await withGateway { gateway in
            let opened = try await gateway.signIn()
            let first = try await gateway.begin("acme", in: opened.session)
            let second = try await gateway.begin("noguide", in: opened.session)
            _ = try await gateway.complete(try gateway.approve(first), from: first, session: opened.session)
            let renewed = try #require(
                try await gateway.consoleAccess.renew(sessionDigest: opened.session.digest))
            #expect(try await gateway.consoleAccess.session(opened.token) == nil)
            let connected = try await gateway.complete(
                try gateway.approve(second), from: second, session: renewed.session)
            #expect(connected.connection.subdomain == "noguide")
        }
    }

    @Test func `OA-11 a session's sixth waiting connect drops its first and nobody else's`() async throws {
        try await withGateway { gateway in
            let bystander = try await gateway.begin(in: try await gateway.signIn().session)
            let session = try await gateway.signIn().session
            var departures: [ConnectFlow.Departure] = []
            for _ in 0..<6 {
                departures.append(try await gateway.begin(in: session))
                gateway.clock.advance(by: 1)
            }
            let waiting = try await gateway.store.pendingAuthorizations(of: .default)
            #expect(waiting.count == ConnectFlow.pendingLimit + 1)
            #expect(!waiting.contains { $0.stateDigest == departures[0].stateDigest })
            let query = try gateway.approve(departures[0])
            let told = await refusal { [departures] in try await gateway.complete(query, from: departures[0]) }
            #expect(told?.code == "callback.unknown_or_used" && gateway.transport.calls.isEmpty)
            for departure in [departures[1], departures[5], bystander] {
                let connected = try await gateway.complete(try gateway.approve(departure), from: departure)
                #expect(connected.connection.status == .active)
            }
        }
    }
}
