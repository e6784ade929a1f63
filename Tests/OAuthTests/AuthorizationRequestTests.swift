import GatewayCore
import Testing

@testable import OAuth

@Suite("Authorization request")
struct AuthorizationRequestTests {
    private static let redirectURI = "https://gateway.example/oauth/callback"

    private func url(
        clientID: String = "zdg-latchkey", scope: ScopeSet = PermissionLevel.readAndAct.scopes,
        key: ProofKey = ProofKey(random: FixedRandom(octets: [7]))
    ) -> String {
        AuthorizationRequest(
            clientID: clientID, redirectURI: Self.redirectURI, scope: scope, state: Secret("st-1"),
            challenge: key.challenge
        ).url(endpoint: "https://acme.zendesk.com/oauth/authorizations/new")
    }

    @Test func `OA-02 OA-04 OA-08 the whole address, with code and S256 as the only kinds`() {
        let challenge = ProofKey(random: FixedRandom(octets: [7])).challenge.text
        #expect(
            url() == "https://acme.zendesk.com/oauth/authorizations/new?response_type=code&client_id=zdg-latchkey"
                + "&redirect_uri=https%3A%2F%2Fgateway.example%2Foauth%2Fcallback&scope=read%20write&state=st-1"
                + "&code_challenge=\(challenge)&code_challenge_method=S256")
    }

    @Test func `OA-03 the verifier is not in the address`() {
        let key = ProofKey(random: SystemRandomSource())
        #expect(!url(key: key).contains(key.verifier.exposeText()))
    }

    @Test func `OA-05 the redirect URI is the same text in both requests`() async throws {
        let transport = RecordingTransport(tokenAnswer())
        _ = await endpoint(transport).exchange(
            AuthorizationGrant(code: Secret("c"), verifier: Secret("v"), redirectURI: Self.redirectURI))
        let body = try members(of: try #require(transport.requests.first))
        #expect(body["redirect_uri"] == .string(Self.redirectURI))
        #expect(url().contains("redirect_uri=" + PercentEncoding.encode(Self.redirectURI) + "&"))
    }

    @Test(arguments: [(PermissionLevel.read, "scope=read&"), (.readAndAct, "scope=read%20write&")])
    func `OA-06 scopes come from the permission level`(level: PermissionLevel, expected: String) {
        #expect(url(scope: level.scopes).contains(expected))
        for text in ["READ", "read ", "read,write", "read write", "admin", "read[]"] {
            #expect(PermissionLevel(name: text) == nil)
        }
    }

    @Test func `OA-07 no value can end its parameter and begin another`() {
        let hostile = "a&state=evil#frag?x=%26+\r\n\u{0}\"<é"
        let address = url(clientID: hostile)
        #expect(address.split(separator: "&").count == 7)
        #expect(address.contains("client_id=a%26state%3Devil%23frag%3Fx%3D%2526%2B%0D%0A%00%22%3C%C3%A9&"))
        #expect(address.utf8.allSatisfy { (0x21...0x7E).contains($0) })
    }

    @Test func `OA-12 no client secret has a way into the address`() {
        // The request has no member that could hold one; this keeps it so.
        let names = Mirror(
            reflecting: AuthorizationRequest(
                clientID: "", redirectURI: "", scope: ScopeSet([String]()), state: Secret(""),
                challenge: CodeChallenge(of: Secret("")))
        ).children.compactMap(\.label)
        #expect(names == ["clientID", "redirectURI", "scope", "state", "challenge"])
        #expect(!url().contains("secret"))
    }
}
