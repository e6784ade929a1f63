/// Shows that an entry is in the log of a given size.
package struct InclusionProof: Sendable, Equatable {
    /// Counted from 0: the entry's index less one.
    package let leaf: Int64
    package let size: Int64
    package let hashes: [TreeHash]

    package init(leaf: Int64, size: Int64, hashes: [TreeHash]) {
        self.leaf = leaf
        self.size = size
        self.hashes = hashes
    }

    /// RFC 9162, 2.1.3.2.
    package func holds(for leafHash: TreeHash, root: TreeHash) -> Bool {
        guard leaf >= 0, leaf < size else { return false }
        var (own, last) = (leaf, size - 1)
        var hash = leafHash
        for sibling in hashes {
            guard last > 0 else { return false }
            if own & 1 == 1 || own == last {
                hash = TreeHash.node(sibling, hash)
                // A right-most subtree without siblings goes up as it is.
                while own & 1 == 0, own > 0 { (own, last) = (own >> 1, last >> 1) }
            } else {
                hash = TreeHash.node(hash, sibling)
            }
            (own, last) = (own >> 1, last >> 1)
        }
        return last == 0 && hash == root
    }
}
