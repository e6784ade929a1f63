import AuditTrail
import Crypto
import Testing

@Suite("Tree hashes")
struct TreeHashTests {
    @Test("the empty tree has the hash of nothing (RFC 9162, 2.1.1)")
    func emptyTree() {
        #expect(
            TreeHash.empty.description.hasSuffix("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"))
    }
}
