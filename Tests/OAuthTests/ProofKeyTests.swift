import GatewayCore
import Testing

@testable import OAuth

@Suite("Proof key and state")
struct ProofKeyTests {
    /// RFC 7636, appendix B.
    private static let octets: [UInt8] = [
        116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186, 22, 212, 37, 77, 105, 214, 191, 240,
        91, 88, 5, 88, 83, 132, 141, 121,
    ]

    @Test func `OA-02 the vector of RFC 7636 appendix B passes`() {
        let key = ProofKey(random: FixedRandom(octets: Self.octets))
        #expect(key.verifier.exposeText() == "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
        #expect(key.challenge.text == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
        #expect(CodeChallenge.method == "S256")
    }

    @Test func `OA-02 verifiers are 43 unreserved characters and new each time`() {
        let keys = (0..<1000).map { _ in ProofKey(random: SystemRandomSource()).verifier.exposeText() }
        #expect(Set(keys).count == keys.count)
        #expect(keys.allSatisfy { $0.utf8.count == 43 && $0.utf8.allSatisfy(PercentEncoding.isUnreserved) })
    }

    @Test func `OA-01 a million states hold 256 random bits each and never repeat`() {
        var seen = Set<[UInt8]>(minimumCapacity: 1_000_000)
        let random = SystemRandomSource()
        for _ in 0..<1_000_000 { seen.insert(random.bytes(AuthorizationState.octets)) }
        #expect(AuthorizationState.octets * 8 >= 128)
        #expect(seen.count == 1_000_000)
    }

    @Test func `OA-01 a state is all of its random octets and is stored as their digest only`() {
        let state = AuthorizationState(random: FixedRandom(octets: Self.octets))
        #expect(state.value.exposeText() == Base64URL.encode(Self.octets))
        // SHA-256 of the text, as any other implementation computes it: the challenge of the same vector.
        #expect(Base64URL.encode(state.digest) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
        #expect(AuthorizationState.digest(of: state.value) == state.digest)
    }

    @Test func `OA-15 one changed bit changes the digest`() {
        let state = AuthorizationState(random: SystemRandomSource())
        let octets = Array(state.value.exposeText().utf8)
        for position in octets.indices {
            for bit in 0..<7 {
                var changed = octets
                changed[position] ^= 1 << UInt8(bit)
                #expect(AuthorizationState.digest(of: Secret(changed)) != state.digest)
            }
        }
    }

    @Test func `OA-03 neither verifier nor state can be printed`() {
        let key = ProofKey(random: FixedRandom(octets: Self.octets))
        let state = AuthorizationState(random: FixedRandom(octets: Self.octets))
        var printed = "\(key) \(state)"
        dump(key, to: &printed)
        dump(state, to: &printed)
        #expect(!printed.contains("dBjftJeZ4CVP"))
    }
}
