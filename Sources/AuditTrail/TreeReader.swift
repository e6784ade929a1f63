/// Computes roots and proofs of any earlier size of a tree from the hashes of its complete subtrees.
package struct TreeReader {
    /// Asked for subtrees that the tree has, and for nothing else.
    private let node: (TreeNode) throws -> TreeHash

    package init(_ node: @escaping (TreeNode) throws -> TreeHash) {
        self.node = node
    }

    /// RFC 9162, 2.1.1: MTH of the first `size` leaves.
    package func root(size: Int64) throws -> TreeHash {
        size == 0 ? TreeHash.empty : try hash(0..<size)
    }

    /// RFC 9162, 2.1.3.1: the hashes beside the way from a leaf, counted from 0, to the root.
    package func inclusionProof(of leaf: Int64, size: Int64) throws -> [TreeHash] {
        try path(to: leaf, in: 0..<size)
    }

    /// RFC 9162, 2.1.4.1: shows that the tree of `old` leaves is the beginning of that of `new`; empty when `old` is either
    /// nothing or all.
    package func consistencyProof(from old: Int64, to new: Int64) throws -> [TreeHash] {
        old == 0 || old == new ? [] : try subproof(of: old, in: 0..<new, isKnown: true)
    }

    private func path(to leaf: Int64, in range: Range<Int64>) throws -> [TreeHash] {
        guard range.count > 1 else { return [] }
        let (left, right) = Self.halves(of: range)
        return left.contains(leaf)
            ? try path(to: leaf, in: left) + [hash(right)] : try path(to: leaf, in: right) + [hash(left)]
    }

    /// `isKnown`: the verifier has the hash of exactly this range, as the old root.
    private func subproof(of old: Int64, in range: Range<Int64>, isKnown: Bool) throws -> [TreeHash] {
        guard range.upperBound > old else { return isKnown ? [] : [try hash(range)] }
        let (left, right) = Self.halves(of: range)
        return old <= left.upperBound
            ? try subproof(of: old, in: left, isKnown: isKnown) + [hash(right)]
            : try subproof(of: old, in: right, isKnown: false) + [hash(left)]
    }

    private func hash(_ range: Range<Int64>) throws -> TreeHash {
        let count = range.upperBound - range.lowerBound
        guard count & (count - 1) != 0 else {
            let level = count.trailingZeroBitCount
            return try node(TreeNode(level: level, position: range.lowerBound >> level))
        }
        let (left, right) = Self.halves(of: range)
        return TreeHash.node(try hash(left), try hash(right))
    }

    /// At the largest power of two that is smaller than the count.
    private static func halves(of range: Range<Int64>) -> (Range<Int64>, Range<Int64>) {
        let count = range.upperBound - range.lowerBound
        let middle = range.lowerBound + (1 << (Int64.bitWidth - 1 - (count - 1).leadingZeroBitCount))
        return (range.lowerBound..<middle, middle..<range.upperBound)
    }
}
