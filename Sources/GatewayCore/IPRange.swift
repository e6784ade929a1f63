#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// An IP address, or a CIDR range of them.
package struct IPRange: Sendable, Hashable {
    /// 4 or 16 of them.
    package let octets: [UInt8]
    package let prefixLength: Int

    package var isSingleAddress: Bool { prefixLength == octets.count * 8 }

    /// Reads `192.0.2.7`, `192.0.2.0/24`, `2001:db8::/32`. Bits behind the prefix must be zero: a range that does not say
    /// what it covers was probably meant otherwise.
    package init?(_ text: String) {
        let pieces = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(pieces.count), let octets = Self.octets(of: String(pieces[0])) else { return nil }
        let bits = octets.count * 8
        var prefixLength = bits
        if pieces.count == 2 {
            guard let length = Int(pieces[1]), String(length) == pieces[1], (0...bits).contains(length) else {
                return nil
            }
            prefixLength = length
        }
        guard Self.isZero(octets, behind: prefixLength) else { return nil }
        self.octets = octets
        self.prefixLength = prefixLength
    }

    private init(octets: [UInt8], prefixLength: Int) {
        self.octets = octets
        self.prefixLength = prefixLength
    }

    /// Whether a range, or an address, lies in this one.
    package func contains(_ other: IPRange) -> Bool {
        other.octets.count == octets.count && other.prefixLength >= prefixLength && other.network(prefixLength) == self
    }

    /// The network of so many bits that it lies in.
    package func network(_ length: Int) -> IPRange {
        let octets = octets.enumerated().map { index, octet in
            octet & ~(0xFF >> UInt8(min(8, max(0, length - index * 8))))
        }
        return IPRange(octets: octets, prefixLength: length)
    }

    /// What `::ffff:192.0.2.7` means, which is how a socket for both families names an IPv4 peer.
    package var unmapped: IPRange {
        let isMapped = octets.count == 16 && prefixLength >= 96 && octets.starts(with: Self.mapping)
        return isMapped ? IPRange(octets: Array(octets[12...]), prefixLength: prefixLength - 96) : self
    }

    private static let mapping: [UInt8] = Array(repeating: 0, count: 10) + [0xFF, 0xFF]

    private static func octets(of text: String) -> [UInt8]? {
        var four = [UInt8](repeating: 0, count: 4)
        if unsafe inet_pton(AF_INET, text, &four) == 1 { return four }
        var sixteen = [UInt8](repeating: 0, count: 16)
        return unsafe inet_pton(AF_INET6, text, &sixteen) == 1 ? sixteen : nil
    }

    private static func isZero(_ octets: [UInt8], behind prefixLength: Int) -> Bool {
        (prefixLength..<octets.count * 8).allSatisfy { bit in octets[bit / 8] & (0x80 >> UInt8(bit % 8)) == 0 }
    }
}

extension IPRange: CustomStringConvertible {
    /// `192.0.2.7`, `192.0.2.0/24`, `2001:db8::/32`.
    package var description: String {
        isSingleAddress ? Self.text(of: octets) : "\(Self.text(of: octets))/\(prefixLength)"
    }

    private static func text(of octets: [UInt8]) -> String {
        guard octets.count == 16 else { return octets.map { String($0) }.joined(separator: ".") }
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard unsafe inet_ntop(AF_INET6, octets, &buffer, socklen_t(INET6_ADDRSTRLEN)) != nil else { return "" }
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
