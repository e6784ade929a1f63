/// Shows that an earlier log is the beginning of a later one: nothing in it was changed, removed or put in between.
package struct ConsistencyProof: Sendable, Equatable {
    package let old: Int64
    package let new: Int64
    package let hashes: [TreeHash]

    package init(old: Int64, new: Int64, hashes: [TreeHash]) {
        self.old = old
        self.new = new
        self.hashes = hashes
    }

    /// RFC 9162, 2.1.4.2; the trivial proofs from nothing and to itself hold as well.
    package func holds(from oldRoot: TreeHash, to newRoot: TreeHash) -> Bool {
        guard old >= 0, old <= new else { return false }
        guard old != new else { return hashes.isEmpty && oldRoot == newRoot }
        guard old != 0 else { return hashes.isEmpty && oldRoot == TreeHash.empty }
        // A complete old tree is a subtree of the new one, and its root stands for the proof's first hash.
        var rest = (old & (old - 1) == 0 ? [oldRoot] : []) + hashes
        guard !rest.isEmpty else { return false }
        let first = rest.removeFirst()
        return climb(from: first, past: rest).map { $0 == oldRoot && $1 == newRoot } ?? false
    }

    /// The old and the new root that the hashes lead to; nil where there are too many or too few.
    private func climb(from first: TreeHash, past siblings: [TreeHash]) -> (TreeHash, TreeHash)? {
        var (own, last) = (old - 1, new - 1)
        while own & 1 == 1 { (own, last) = (own >> 1, last >> 1) }
        var (oldHash, newHash) = (first, first)
        for sibling in siblings {
            guard last > 0 else { return nil }
            if own & 1 == 1 || own == last {
                oldHash = TreeHash.node(sibling, oldHash)
                newHash = TreeHash.node(sibling, newHash)
                while own & 1 == 0, own > 0 { (own, last) = (own >> 1, last >> 1) }
            } else {
                newHash = TreeHash.node(newHash, sibling)
            }
            (own, last) = (own >> 1, last >> 1)
        }
        return last == 0 ? (oldHash, newHash) : nil
    }
}
