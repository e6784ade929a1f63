/// The allowed ranges of the IP restriction: one text, ranges separated by blanks, each a plain address, `192.*.*.*` or
/// CIDR. IPv6 is compared as text, which is enough for `::1`.
enum IPRanges {
    static func contain(_ address: String, _ ranges: String?) -> Bool {
        (ranges ?? "").split(separator: " ").contains { matches(address, String($0)) }
    }

    private static func matches(_ address: String, _ range: String) -> Bool {
        if range.contains("/") { return matchesPrefix(address, range) }
        guard range.contains("*") else { return address == range }
        let wanted = range.split(separator: ".")
        let given = address.split(separator: ".")
        return wanted.count == given.count && zip(wanted, given).allSatisfy { $0 == "*" || $0 == $1 }
    }

    /// A `/0` would allow everybody and is refused by Zendesk.
    private static func matchesPrefix(_ address: String, _ range: String) -> Bool {
        let halves = range.split(separator: "/").map(String.init)
        guard halves.count == 2, let length = Int(halves[1]), (1...32).contains(length),
            let network = number(halves[0]), let given = number(address)
        else { return false }
        let mask = UInt32.max << UInt32(32 - length)
        return network & mask == given & mask
    }

    private static func number(_ address: String) -> UInt32? {
        let parts = address.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        guard parts.count == 4 else { return nil }
        return parts.reduce(UInt32?(0)) { sum, part in
            guard let sum, let part else { return nil }
            return sum << 8 | UInt32(part)
        }
    }
}
