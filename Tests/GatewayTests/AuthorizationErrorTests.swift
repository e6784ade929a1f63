import Foundation
import Gateway
import GatewayCore
import OAuth
import Storage
import TestSupport
import Testing

@Suite("Error answers of the authorization page") struct AuthorizationErrorTests {
    @Test func `OA-51 access denied closes the transaction without a call`() async throws {
        try await withGateway { gateway in
            let departure = try await gateway.begin(in: try await gateway.signIn().session)
            let query = try denial(of: departure, gateway, error: "access_denied")
            let told = await refusal { try await gateway.complete(query, from: departure) }
            #expect(told?.code == "authorization_error.access_denied" && told?.remedy != nil)
            #expect(gateway.transport.calls.isEmpty)
            #expect(try await gateway.keptNothing)
            #expect(try await gateway.refusedCodes == ["authorization_error.access_denied"])
            let again = await refusal { try await gateway.complete(query, from: departure) }
            #expect(again?.code == "callback.unknown_or_used")
        }
    }

    @Test(arguments: [
        "invalid_scope", "server_error", "temporarily_unavailable", "unauthorized_client", "invalid_request",
        "unsupported_response_type",
    ])
    func `every known error consumes the state and says what happened`(error: String) async throws {
        try await withGateway { gateway in
            let departure = try await gateway.begin(in: try await gateway.signIn().session)
            let query = try denial(of: departure, gateway, error: error)
            let told = await refusal { try await gateway.complete(query, from: departure) }
            #expect(told?.code == "authorization_error.\(error)")
            #expect(try await gateway.keptNothing)
        }
    }

    @Test(arguments: AuthorizationError.allCases)
    func `no error sends a customer to somebody they cannot know, or to a client that is not theirs`(
        error: AuthorizationError
    ) {
        let told = "\(error.explanation.message) \(error.explanation.remedy ?? "")"
        for word in ["operator", "OAuth client", "this client", "scopes"] { #expect(!told.contains(word), "\(told)") }
    }

    @Test(arguments: ["%3Cscript%3Ealert(1)%3C/script%3E", "%1B%5B31mred", "canary_word", "a%0D%0Ab"])
    func `OA-52 to OA-56 a stranger's words are neither shown nor recorded`(word: String) async throws {
        try await withGateway { gateway in
            let departure = try await gateway.begin(in: try await gateway.signIn().session)
            let query =
                try denial(of: departure, gateway, error: word)
                + "&error_description=\(word)&error_uri=https://phish.example/\(word)"
            do {
                _ = try await gateway.complete(query, from: departure)
                Issue.record("was accepted")
            } catch {
                let explanation = try #require((error as? any Explained)?.explanation)
                #expect(explanation.code == "authorization_error.other")
                let told = Rendering.of(explanation) + Rendering.of(try await gateway.audit)
                for stranger in ["script", "canary_word", "phish", "\u{1B}", "\r"] {
                    #expect(!told.contains(stranger))
                }
            }
        }
    }

    @Test func `OA-52 an error under a state that is not ours says nothing about it`() async throws {
        try await withGateway { gateway in
            let departure = try await gateway.begin(in: try await gateway.signIn().session)
            let told = await refusal {
                try await gateway.complete("error=access_denied&state=somebody-elses", from: departure)
            }
            #expect(told?.code == "callback.other_browser")
            #expect(try await gateway.store.pendingAuthorizations(of: .default).count == 1)
        }
    }

    private func denial(
        of departure: ConnectFlow.Departure, _ gateway: SampleGateway, error: String
    ) throws -> String {
        let state = try #require(parameter("state", of: departure.location))
        return "error=\(error)&state=\(state)"
    }
}
