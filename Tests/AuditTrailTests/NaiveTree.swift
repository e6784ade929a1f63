import AuditTrail
import Crypto

/// The definitions of RFC 9162, 2.1, written down as they stand there, without a hash kept and without code of ours.
struct NaiveTree {
    private let leaves: [[UInt8]]

    init(_ leaves: [TreeHash]) { self.leaves = leaves.map(\.octets) }

    static func numbered(_ count: Int) -> NaiveTree {
        NaiveTree((0..<count).map { TreeHash.leaf(Array("entry \($0)".utf8)) })
    }

    func leaf(_ number: Int) -> TreeHash { TreeHash.of(leaves[number]) }

    func root(_ size: Int) -> [UInt8] { size == 0 ? Self.hash([]) : root(of: leaves[..<size]) }

    func path(_ leaf: Int, _ size: Int) -> [[UInt8]] { path(leaf, leaves[..<size]) }

    func proof(_ old: Int, _ new: Int) -> [[UInt8]] {
        old == 0 || old == new ? [] : subproof(old, leaves[..<new], true)
    }

    /// Ours, fed with the hashes of the definitions.
    var reader: TreeReader {
        TreeReader { node in
            let range = node.leaves
            return TreeHash.of(root(of: leaves[Int(range.lowerBound)..<Int(range.upperBound)]))
        }
    }

    private func root(of part: ArraySlice<[UInt8]>) -> [UInt8] {
        guard part.count > 1 else { return part[part.startIndex] }
        let (left, right) = halves(part)
        return Self.hash([1] + root(of: left) + root(of: right))
    }

    private func path(_ leaf: Int, _ part: ArraySlice<[UInt8]>) -> [[UInt8]] {
        guard part.count > 1 else { return [] }
        let (left, right) = halves(part)
        return leaf < left.count
            ? path(leaf, left) + [root(of: right)] : path(leaf - left.count, right) + [root(of: left)]
    }

    private func subproof(_ old: Int, _ part: ArraySlice<[UInt8]>, _ known: Bool) -> [[UInt8]] {
        guard old < part.count else { return known ? [] : [root(of: part)] }
        let (left, right) = halves(part)
        return old <= left.count
            ? subproof(old, left, known) + [root(of: right)]
            : subproof(old - left.count, right, false) + [root(of: left)]
    }

    private func halves(_ part: ArraySlice<[UInt8]>) -> (ArraySlice<[UInt8]>, ArraySlice<[UInt8]>) {
        var k = 1
        while k * 2 < part.count { k *= 2 }
        return (part.prefix(k), part.dropFirst(k))
    }

    private static func hash(_ octets: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: octets)) }
}

extension TreeHash {
    /// Of 32 octets; any other number gives a hash that equals no other one here.
    static func of(_ octets: [UInt8]) -> TreeHash { TreeHash(octets) ?? TreeHash.leaf(octets) }
}
