/// Which addresses an organization may live at. Without this a name under an attacker's control could point into our own
/// network (URL-30 to URL-33).
package struct AddressPolicy: Sendable {
    package init() {}

    /// True for addresses of the public internet. Mapped, translated and tunnelled forms of IPv4 are refused as a whole.
    package func allows(_ address: ResolvedAddress) -> Bool {
        switch address.octets.count {
        case 4: !Self.isSpecialIPv4(address.octets)
        case 16: !Self.isSpecialIPv6(address.octets)
        default: false
        }
    }

    private static func isSpecialIPv4(_ octets: [UInt8]) -> Bool {
        switch (octets[0], octets[1], octets[2]) {
        case (0, _, _), (10, _, _), (127, _, _), (169, 254, _), (192, 168, _), (198, 18...19, _): true
        case (100, 64...127, _), (172, 16...31, _): true
        case (192, 0, 0), (192, 0, 2), (198, 51, 100), (203, 0, 113), (192, 88, 99): true
        case (224..., _, _): true
        default: false
        }
    }

    /// Only 2000::/3 is handed out to anybody; within it, tunnels and documentation are refused.
    private static func isSpecialIPv6(_ octets: [UInt8]) -> Bool {
        guard octets[0] & 0xE0 == 0x20 else { return true }
        switch (octets[0], octets[1], octets[2], octets[3]) {
        case (0x20, 0x01, 0x00...0x01, _): return true  // 2001::/23: Teredo, ORCHID and other protocol assignments
        case (0x20, 0x01, 0x0D, 0xB8): return true  // documentation
        case (0x20, 0x02, _, _): return true  // 6to4
        case (0x3F, 0xFF, 0x00...0x0F, _): return true  // 3fff::/20, documentation (RFC 9637)
        default: return false
        }
    }
}

/// One answer of the resolver: 4 or 16 octets, and the text to connect to.
package struct ResolvedAddress: Sendable, Hashable {
    package let octets: [UInt8]
    package let text: String

    package static let loopback = ResolvedAddress(octets: [127, 0, 0, 1], text: "127.0.0.1")

    package init(octets: [UInt8], text: String) {
        self.octets = octets
        self.text = text
    }
}
