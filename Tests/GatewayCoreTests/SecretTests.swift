import GatewayCore
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

    @Test func `compares equal only to the same bytes`() {
        #expect(Secret("abc").equalsInConstantTime(Secret("abc")))
        #expect(!Secret("abc").equalsInConstantTime(Secret("abd")))
        #expect(!Secret("abc").equalsInConstantTime(Secret("ab")))
    }
}
