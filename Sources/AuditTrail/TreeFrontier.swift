/// The right-most complete subtrees of a tree, largest first: all that is needed to append to it and to tell its root.
package struct TreeFrontier: Sendable, Equatable {
    package private(set) var size: Int64 = 0
    private var peaks: [TreeHash] = []

    /// Of the empty tree.
    package init() {}

    /// Reads back `octets`; nil unless there is exactly one hash for each one-bit of the size.
    package init?(size: Int64, octets: [UInt8]) {
        guard size >= 0, octets.count == size.nonzeroBitCount * TreeHash.count else { return nil }
        self.size = size
        peaks = stride(from: 0, to: octets.count, by: TreeHash.count).compactMap {
            TreeHash(octets[$0..<$0 + TreeHash.count])
        }
    }

    package var octets: [UInt8] { peaks.flatMap(\.octets) }

    /// Takes one more leaf, and names every larger subtree that it completes, smallest first.
    package mutating func append(_ leaf: TreeHash, completing: (TreeNode, TreeHash) throws -> Void) rethrows {
        var hash = leaf
        var level = 0
        // Each one-bit at the end of the size is a subtree that waits for a sibling of its own level.
        while size >> level & 1 == 1 {
            hash = TreeHash.node(peaks.removeLast(), hash)
            level += 1
            try completing(TreeNode(level: level, position: size >> level), hash)
        }
        peaks.append(hash)
        size += 1
    }

    package mutating func append(_ leaf: TreeHash) {
        append(leaf) { _, _ in }
    }

    /// RFC 9162, 2.1.1: smaller subtrees hang to the right of larger ones.
    package var root: TreeHash {
        guard var hash = peaks.last else { return TreeHash.empty }
        for peak in peaks.dropLast().reversed() { hash = TreeHash.node(peak, hash) }
        return hash
    }
}
