import GatewayCore

/// The list of an organization's IP restrictions, as Zendesk's settings show it: plain addresses, `192.168.*.*` and CIDR
/// ranges. Whatever else stands there lets nobody in, as far as we know.
struct AllowedAddresses: Sendable {
    /// A list as long as this is a mistake or an attack; nothing behind it is read.
    static let maximumEntries = 2_000
    /// How many pieces a range of ours is cut into to find out whether several entries cover it together.
    static let maximumPieces = 4_096

    private let patterns: [Pattern]
    let notUnderstood: Int

    init(_ entries: [String]) {
        let read = entries.prefix(Self.maximumEntries).map(Pattern.init)
        patterns = read.compactMap { $0 }
        notUnderstood = entries.count - patterns.count
    }

    /// Whether every address of the range is let in, by one entry or by several together.
    func covers(_ range: IPRange) -> Bool {
        var budget = Self.maximumPieces
        return covers(range.octets, range.prefixLength, &budget)
    }

    private func covers(_ octets: [UInt8], _ length: Int, _ budget: inout Int) -> Bool {
        budget -= 1
        guard budget > 0 else { return false }
        let fitting = patterns.filter { $0.meets(octets, length) }
        if fitting.contains(where: { $0.holds(octets, length) }) { return true }
        guard !fitting.isEmpty, length < octets.count * 8 else { return false }
        var upper = octets
        upper[length / 8] |= 0x80 >> UInt8(length % 8)
        return covers(octets, length + 1, &budget) && covers(upper, length + 1, &budget)
    }
}

/// One entry: the bits that must be as given. What a wildcard leaves open need not be at the end.
private struct Pattern: Sendable {
    let octets: [UInt8]
    let mask: [UInt8]

    init?(_ text: String) {
        guard text.utf8.count <= 64 else { return nil }
        guard let pattern = text.contains("*") ? Self.wildcards(text) : Self.range(text) else { return nil }
        (octets, mask) = pattern
    }

    /// Nothing in the range contradicts the pattern.
    func meets(_ octets: [UInt8], _ length: Int) -> Bool {
        octets.count == self.octets.count
            && octets.indices.allSatisfy { index in
                let fixed = mask[index] & Self.prefix(length, index)
                return octets[index] & fixed == self.octets[index] & fixed
            }
    }

    /// Everything in the range fits, given that it meets.
    func holds(_ octets: [UInt8], _ length: Int) -> Bool {
        octets.indices.allSatisfy { index in mask[index] & ~Self.prefix(length, index) == 0 }
    }

    private static func wildcards(_ text: String) -> (octets: [UInt8], mask: [UInt8])? {
        let pieces = text.split(separator: ".", omittingEmptySubsequences: false)
        guard pieces.count == 4, pieces.contains(where: { $0 != "*" }) else { return nil }
        var (octets, mask): ([UInt8], [UInt8]) = ([], [])
        for piece in pieces {
            guard piece == "*" || number(piece) != nil else { return nil }
            octets.append(number(piece) ?? 0)
            mask.append(piece == "*" ? 0 : 0xFF)
        }
        return (octets, mask)
    }

    /// Zendesk takes a range whose lower bits are not zero; ours does not, so they are cut off. It refuses a /0.
    private static func range(_ text: String) -> (octets: [UInt8], mask: [UInt8])? {
        let pieces = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let address = pieces.first.flatMap({ IPRange(String($0)) }), pieces.count <= 2 else { return nil }
        let bits = address.octets.count * 8
        var length = bits
        if pieces.count == 2 {
            guard pieces[1].utf8.count <= 3, let given = Int(pieces[1]), String(given) == pieces[1],
                (1...bits).contains(given)
            else { return nil }
            length = given
        }
        let mask = address.octets.indices.map { prefix(length, $0) }
        return (zip(address.octets, mask).map { $0 & $1 }, mask)
    }

    private static func number(_ piece: Substring) -> UInt8? {
        guard let number = UInt8(piece), String(number) == piece else { return nil }
        return number
    }

    /// The octet at this index of a mask of so many bits.
    private static func prefix(_ length: Int, _ index: Int) -> UInt8 {
        let bits = length - index * 8
        return bits >= 8 ? 0xFF : bits <= 0 ? 0 : 0xFF << UInt8(8 - bits)
    }
}
