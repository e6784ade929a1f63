import Foundation
import Gateway
import GatewayCore
import HTTPTypes
import Storage
import TestSupport
import Testing
import ZendeskEmulator

@Suite("Failed exchanges") struct ExchangeFailureTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let fault: Fault
        let code: String
        let words: String

        init(_ fault: Fault, _ code: String, _ words: String) {
            self.fault = fault
            self.code = code
            self.words = words
        }

        var testDescription: String { code }
    }

    private static func answer(
        _ status: Int, _ body: String, _ headers: HTTPFields = [.contentType: "application/json"]
    ) -> Fault {
        Fault(.status, path: "/oauth/tokens", status: status, body: body, headers: headers)
    }

    static let cases = [
        Case(answer(400, #"{"error":"invalid_grant"}"#), "error.invalid_grant", "too long"),
        Case(answer(401, #"{"error":"invalid_client"}"#), "error.invalid_client", "own sign-in"),
        Case(answer(400, #"{"error":"invalid_scope"}"#), "error.invalid_scope", "own sign-in"),
        Case(answer(400, #"{"error":"canary_word"}"#), "error.other", "busy"),
        Case(answer(200, #"{"error":"invalid_grant","access_token":"x"}"#), "error.invalid_grant", "too long"),
        Case(answer(429, ""), "status.429", "busy"),
        Case(answer(503, ""), "status.503", "busy"),
        Case(answer(404, ""), "status.404", "no active Zendesk account"),
        Case(answer(307, "", [.location: "https://evil.example/"]), "status.3xx", "no active Zendesk account"),
        Case(answer(200, #"{"access_token":"x","scope":"read"}"#), "malformed.token_type", "usable form"),
        Case(answer(200, #"{"token_type":"bearer","scope":"read"}"#), "malformed.access_token", "usable form"),
        Case(answer(204, ""), "malformed.status", "usable form"),
        Case(Fault(.html, path: "/oauth/tokens"), "status.502", "usable form"),
        Case(Fault(.malformed, path: "/oauth/tokens"), "malformed.body", "usable form"),
        Case(Fault(.dropBefore, path: "/oauth/tokens"), "transport.closed_early", "usable form"),
        Case(Fault(.dropAfter, path: "/oauth/tokens"), "transport.closed_early", "usable form"),
        Case(Fault(.huge, path: "/oauth/tokens"), "transport.response_too_large", "usable form"),
    ]

    @Test(arguments: cases)
    func `a failed exchange keeps nothing, is not repeated and says what happened`(_ sample: Case) async throws {
        try await withGateway { gateway in
            gateway.standIn.queue(sample.fault)
            let told = try await failure(gateway)
            #expect(told?.code == "exchange.\(sample.code)")
            #expect(told?.message.contains(sample.words) == true && told?.remedy != nil)
            #expect(told?.remedy?.contains("operator") == false, "a customer knows support")
            #expect(gateway.transport.calls.count == 1)
            #expect(try await gateway.keptNothing)
            #expect(try await gateway.refusedCodes == ["exchange.\(sample.code)"])
            #expect(!Rendering.of(try await gateway.audit).contains("canary_word"))
        }
    }

    @Test(arguments: TransportFailure.allCases)
    func `OA-50 whatever the network does the code is sent once`(_ failing: TransportFailure) async throws {
        try await withGateway { gateway in
            gateway.transport.before { _ throws(TransportFailure) in throw failing }
            let told = try await failure(gateway)
            #expect(told?.code == "exchange.transport.\(failing.rawValue)")
            #expect(gateway.transport.calls.count == 1)
            #expect(try await gateway.keptNothing)
        }
    }

    @Test func `OA-49 a slow user is told to start again and the connection of before is untouched`() async throws {
        try await withGateway { gateway in
            let session = try await gateway.signIn().session
            let before = try await gateway.connect(in: session)
            let departure = try await gateway.begin(in: session)
            let query = try gateway.approve(departure)
            gateway.clock.advance(by: 121)
            let told = await refusal { try await gateway.complete(query, from: departure) }
            #expect(told?.code == "exchange.error.invalid_grant" && told?.message.contains("too long") == true)
            #expect(try await gateway.store.connection(before.id) == before)
            #expect(gateway.standIn.liveTokens("acme").count == 1)
        }
    }

    @Test func `OA-46 a code from another transaction is refused and nothing says which check failed`() async throws {
        try await withGateway { gateway in
            let victim = try await gateway.begin(in: try await gateway.signIn().session)
            let attacker = try await gateway.begin(in: try await gateway.signIn().session)
            let code = try #require(parameter("code", of: try gateway.approve(victim)))
            let state = try #require(parameter("state", of: try gateway.approve(attacker)))
            let told = await refusal { try await gateway.complete("code=\(code)&state=\(state)", from: attacker) }
            let slow = try await withExpiredCode(gateway)
            #expect(told?.code == "exchange.error.invalid_grant" && told == slow)
            #expect(try await gateway.store.connections(matching: ConnectionQuery()).connections.isEmpty)
            #expect(gateway.standIn.liveTokens("acme").isEmpty)
        }
    }

    private func withExpiredCode(_ gateway: SampleGateway) async throws -> Explanation? {
        let departure = try await gateway.begin(in: try await gateway.signIn().session)
        let query = try gateway.approve(departure)
        gateway.clock.advance(by: 121)
        return await refusal { try await gateway.complete(query, from: departure) }
    }

    private func failure(_ gateway: SampleGateway) async throws -> Explanation? {
        let departure = try await gateway.begin(in: try await gateway.signIn().session)
        let query = try gateway.approve(departure)
        return await refusal { try await gateway.complete(query, from: departure) }
    }
}
