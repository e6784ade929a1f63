import AuditTrail
import Testing

@Suite("Merkle proofs against the definitions")
struct MerkleProofTests {
    private static let largest = 130
    private static let tree = NaiveTree.numbered(largest)

    /// Each size's root, by the definitions.
    private static let roots = (0...largest).map { TreeHash.of(tree.root($0)) }

    @Test("AUD-08: the frontier's root is the definition's for every size, also after being written down and read back")
    func frontier() throws {
        var frontier = TreeFrontier()
        var completed: [TreeNode: TreeHash] = [:]
        for size in 0...Self.largest {
            #expect(frontier.root == Self.roots[size])
            frontier = try #require(TreeFrontier(size: frontier.size, octets: frontier.octets))
            guard size < Self.largest else { break }
            frontier.append(Self.tree.leaf(size)) { completed[$0] = $1 }
        }
        // All complete subtrees above the leaves were named, each with its hash.
        let expected = (1...7).map { Self.largest >> $0 }.reduce(0, +)
        #expect(completed.count == expected)
        for (node, hash) in completed {
            #expect(try Self.tree.reader.root(size: node.leaves.upperBound) == Self.roots[Int(node.leaves.upperBound)])
            if node.position == 0 { #expect(hash == Self.roots[Int(node.leaves.upperBound)]) }
        }
    }

    @Test("a frontier with a hash too many, too few or a negative size is none")
    func frontierRefused() {
        #expect(TreeFrontier(size: 3, octets: [UInt8](repeating: 0, count: 32)) == nil)
        #expect(TreeFrontier(size: 3, octets: [UInt8](repeating: 0, count: 96)) == nil)
        #expect(TreeFrontier(size: -1, octets: [UInt8](repeating: 0, count: 64 * 32)) == nil)
        #expect(TreeFrontier(size: 3, octets: [UInt8](repeating: 0, count: 64)) != nil)
    }

    @Test(
        "AUD-10: every leaf of every size has the definition's inclusion proof, which holds for it and for nothing else"
    )
    func inclusion() throws {
        for size in 1...Self.largest {
            for leaf in 0..<size {
                let hashes = try Self.tree.reader.inclusionProof(of: Int64(leaf), size: Int64(size))
                #expect(hashes.map(\.octets) == Self.tree.path(leaf, size))
                let proof = InclusionProof(leaf: Int64(leaf), size: Int64(size), hashes: hashes)
                #expect(proof.holds(for: Self.tree.leaf(leaf), root: Self.roots[size]))
                #expect(!proof.holds(for: Self.tree.leaf((leaf + 1) % Self.largest), root: Self.roots[size]))
                #expect(!proof.holds(for: Self.tree.leaf(leaf), root: Self.roots[size - 1]))
            }
        }
    }

    @Test(
        "AUD-08: every pair of sizes has the definition's consistency proof, which holds for that pair of roots alone")
    func consistency() throws {
        for new in 0...Self.largest {
            for old in 0...new {
                let hashes = try Self.tree.reader.consistencyProof(from: Int64(old), to: Int64(new))
                #expect(hashes.map(\.octets) == Self.tree.proof(old, new))
                let proof = ConsistencyProof(old: Int64(old), new: Int64(new), hashes: hashes)
                #expect(proof.holds(from: Self.roots[old], to: Self.roots[new]))
                let other = TreeHash.leaf([1, 2, 3])
                #expect(!proof.holds(from: other, to: Self.roots[new]))
                #expect(old == 0 || !proof.holds(from: Self.roots[old], to: other))
            }
        }
    }

    @Test("AUD-05: a proof with a changed, missing, added or swapped hash holds for nothing")
    func forgedProofs() throws {
        let reader = Self.tree.reader
        for (old, size) in [(1, 2), (3, 7), (6, 8), (64, 130), (65, 129), (127, 128)] as [(Int64, Int64)] {
            let path = try reader.inclusionProof(of: old, size: size)
            for forged in Self.forgeries(of: path) {
                let proof = InclusionProof(leaf: old, size: size, hashes: forged)
                #expect(!proof.holds(for: Self.tree.leaf(Int(old)), root: Self.roots[Int(size)]))
            }
            let hashes = try reader.consistencyProof(from: old, to: size)
            for forged in Self.forgeries(of: hashes) {
                let proof = ConsistencyProof(old: old, new: size, hashes: forged)
                #expect(!proof.holds(from: Self.roots[Int(old)], to: Self.roots[Int(size)]))
            }
        }
    }

    @Test("positions and sizes that cannot be prove nothing")
    func impossiblePositions() {
        let root = Self.roots[1]
        for (leaf, size) in [(-1, 1), (1, 1), (0, 0), (0, -1)] as [(Int64, Int64)] {
            #expect(!InclusionProof(leaf: leaf, size: size, hashes: []).holds(for: root, root: root))
        }
        for (old, new) in [(-1, 1), (2, 1), (1, 2)] as [(Int64, Int64)] {
            #expect(!ConsistencyProof(old: old, new: new, hashes: []).holds(from: root, to: root))
        }
    }

    private static func forgeries(of hashes: [TreeHash]) -> [[TreeHash]] {
        var forgeries = [hashes + [TreeHash.empty], Array(hashes.dropLast()), Array(hashes.dropFirst())]
        for index in hashes.indices {
            var changed = hashes
            var octets = changed[index].octets
            octets[index % 32] ^= 1
            changed[index] = TreeHash.of(octets)
            forgeries.append(changed)
        }
        if hashes.count > 1 { forgeries.append(hashes.reversed()) }
        return forgeries
    }
}
