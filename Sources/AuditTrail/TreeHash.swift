package import Crypto

/// The hashes of RFC 9162, section 2.1.1. Leaf and node differ in their first octet, so that no leaf can pass for a node.
package enum TreeHash {
    package static let empty = SHA256.hash(data: [UInt8]())

    package static func leaf(_ entry: [UInt8]) -> SHA256Digest {
        SHA256.hash(data: [0] + entry)
    }

    package static func node(_ left: SHA256Digest, _ right: SHA256Digest) -> SHA256Digest {
        SHA256.hash(data: [1] + Array(left) + Array(right))
    }
}
