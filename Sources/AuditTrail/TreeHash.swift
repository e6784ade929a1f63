import Crypto

/// A hash of RFC 9162, section 2.1.1. Leaf and node differ in their first octet, so that no leaf can pass for a node.
package struct TreeHash: Sendable, Hashable {
    package static let count = 32
    package static let empty = TreeHash(SHA256.hash(data: [UInt8]()))

    private let words: (UInt64, UInt64, UInt64, UInt64)

    /// Nil unless there are 32 octets.
    package init?(_ octets: some Collection<UInt8>) {
        guard octets.count == Self.count else { return nil }
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        unsafe withUnsafeMutableBytes(of: &words) { unsafe $0.copyBytes(from: octets) }
        self.words = words
    }

    /// As above, from memory that a database lends.
    package init?(lent octets: UnsafeRawBufferPointer) {
        guard octets.count == Self.count else { return nil }
        words = unsafe octets.loadUnaligned(as: (UInt64, UInt64, UInt64, UInt64).self)
    }

    package static func leaf(_ entry: [UInt8]) -> TreeHash {
        TreeHash(SHA256.hash(data: [0] + entry))
    }

    package static func node(_ left: TreeHash, _ right: TreeHash) -> TreeHash {
        var hash = SHA256()
        unsafe withUnsafeTemporaryAllocation(byteCount: 1 + 2 * count, alignment: 1) { octets in
            unsafe octets[0] = 1
            unsafe left.copy(to: octets[1...])
            unsafe right.copy(to: octets[(1 + count)...])
            unsafe hash.update(bufferPointer: UnsafeRawBufferPointer(octets))
        }
        return TreeHash(hash.finalize())
    }

    package var octets: [UInt8] { unsafe withUnsafeBytes(of: words) { unsafe Array($0) } }

    /// Of octets that begin with the leaf's zero already.
    init(markedLeaf octets: UnsafeRawBufferPointer) {
        var hash = SHA256()
        unsafe hash.update(bufferPointer: octets)
        self.init(hash.finalize())
    }

    init(_ digest: SHA256Digest) {
        words = unsafe digest.withUnsafeBytes {
            unsafe $0.loadUnaligned(as: (UInt64, UInt64, UInt64, UInt64).self)
        }
    }

    private func copy(to target: Slice<UnsafeMutableRawBufferPointer>) {
        unsafe withUnsafeBytes(of: words) { source in
            unsafe UnsafeMutableRawBufferPointer(rebasing: target).copyMemory(from: source)
        }
    }

    package static func == (left: TreeHash, right: TreeHash) -> Bool { left.words == right.words }

    package func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}
