import GatewayCore
import HTTPTypes
import Testing

@Suite struct `A secret` {
    @Test func `cannot be printed by accident`() {
        let secret = Secret("top-secret-value")
        var dumped = ""
        dump(secret, to: &dumped)
        for text in ["\(secret)", String(describing: secret), String(reflecting: secret), dumped, "\([secret])"] {
            #expect(!text.contains("top-secret-value"))
        }
        #expect(secret.exposeText() == "top-secret-value")
    }

    @Test func `does not come out of a request that is printed`() throws {
        let policy = try HostPolicy(parsing: "zendesk.localhost", usesPlainHTTP: true)
        let request = OutboundRequest(
            .get, "/api/v2/users/me?canary-in-path", at: try OrganizationURL(subdomain: "acme", policy: policy),
            headerFields: [.authorization: "Bearer canary-in-header"], body: Secret("canary-in-body"), limits: .api)
        var dumped = ""
        dump(request, to: &dumped)
        for text in ["\(request)", String(reflecting: request), dumped, "\([request])"] {
            #expect(!text.contains("canary"))
        }
    }

    @Test func `compares equal only to the same bytes`() {
        #expect(Secret("abc").equalsInConstantTime(Secret("abc")))
        #expect(!Secret("abc").equalsInConstantTime(Secret("abd")))
        #expect(!Secret("abc").equalsInConstantTime(Secret("ab")))
    }
}
