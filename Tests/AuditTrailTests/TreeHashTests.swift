import AuditTrail
import Testing

@Suite("Tree hashes")
struct TreeHashTests {
    @Test("the empty tree has the hash of nothing (RFC 9162, 2.1.1)")
    func emptyTree() {
        #expect(
            TreeHash.empty.octets.hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }
}

extension [UInt8] {
    var hex: String {
        map { octet in (octet < 16 ? "0" : "") + String(octet, radix: 16) }.joined()
    }

    init(hex: String) {
        let digits = hex.compactMap(\.hexDigitValue)
        self = stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
    }
}
