/// The whole grammar of what may be typed, octet by octet.
///
///     input  = *blank ( label / [ scheme "://" ] host [ "/" *( %x21-7E ) ] ) *blank
///     host   = label "." domain [ ":" port ]         port exactly as configured for a local stand-in, else none
///     label  = alnum 1*61( alnum / "-" ) alnum       no "--" in positions 3 and 4, not reserved
///     blank  = %x20                                  a tab or a line break is never part of an address
///
/// A label alone must not be the number of an IPv4 address either (`2130706433`): in front of the domain it is a name.
/// Whatever does not match is refused; `OrganizationURLFault` only decides which sentence the person reads.
struct OrganizationURLGrammar {
    /// A cap before any work: longer than every address a browser shows.
    static let maximumInputOctets = 2048
    static let labelLengths = 3...63

    let policy: HostPolicy

    func label(in input: String) throws(OrganizationURLRefusal) -> String {
        do {
            return String(decoding: try labelOctets(in: input), as: UTF8.self)
        } catch {
            throw OrganizationURLRefusal(error, policy: policy)
        }
    }

    /// Lower-case label rules alone, for subdomains that come from our own records.
    static func isLabel(_ octets: [UInt8]) -> Bool {
        guard labelLengths.contains(octets.count), let first = octets.first, let last = octets.last else {
            return false
        }
        return octets.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
            && isAlphanumeric(first) && isAlphanumeric(last)
            && !octets.dropFirst(2).starts(with: "--".utf8)
    }

    private func labelOctets(in input: String) throws(OrganizationURLRefusal.Reason) -> [UInt8] {
        guard input.utf8.count <= Self.maximumInputOctets else { throw .tooLong }
        let octets = Array(input.utf8).trimmingBlanks()
        guard !octets.isEmpty else { throw .empty }
        // Before lower-casing: the Kelvin sign lower-cases to a plain k.
        guard octets.allSatisfy({ (0x21...0x7E).contains($0) }) else { throw .forbiddenCharacters }
        let lowered = octets.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }
        // A stand-in over plain HTTP is entered either way; the address that is called is built from constants.
        let schemes = ["https://"] + (policy.usesPlainHTTP ? ["http://"] : [])
        let scheme = schemes.map { Array($0.utf8) }.first { lowered.starts(with: $0) }
        let rest = lowered[(scheme?.count ?? 0)...]
        let host = Array(rest.prefix { $0 != UInt8(ascii: "/") })
        let suffix = Array(".\(policy.authority)".utf8)

        // A bare subdomain stands alone: "https://acme" and "acme/x" are somebody's host, not ours.
        let isBare = host.count == lowered.count && host.allSatisfy(Self.isInLabel)
        guard isBare || host.ends(with: suffix) else {
            throw OrganizationURLFault(policy: policy).reason(host: host, of: lowered)
        }
        let label = isBare ? host : Array(host.dropLast(suffix.count))
        guard label.allSatisfy(Self.isInLabel), !label.isEmpty else {
            throw OrganizationURLFault(policy: policy).reason(host: host, of: lowered)
        }
        guard Self.labelLengths.contains(label.count) else { throw .wrongLength }
        guard Self.isLabel(label) else { throw .notALabel }
        guard !policy.reservedSubdomains.contains(String(decoding: label, as: UTF8.self)) else { throw .reserved }
        guard !isBare || !Self.isAddressNumber(label) else { throw .addressNumber }
        return label
    }

    /// Whether some programs read the text as an IPv4 address: one decimal, octal or hexadecimal number. Numbers below
    /// 1.0.0.0 are names that people do use.
    private static func isAddressNumber(_ label: [UInt8]) -> Bool {
        let text = String(decoding: label, as: UTF8.self)
        let number =
            if text.hasPrefix("0x") {
                UInt64(text.dropFirst(2), radix: 16)
            } else if text.hasPrefix("0"), let octal = UInt64(text, radix: 8) {
                UInt64?.some(octal)
            } else {
                UInt64(text)
            }
        return number.map { (0x0100_0000...0xFFFF_FFFF).contains($0) } ?? false
    }

    private static func isInLabel(_ octet: UInt8) -> Bool { isAlphanumeric(octet) || octet == UInt8(ascii: "-") }

    private static func isAlphanumeric(_ octet: UInt8) -> Bool {
        (0x30...0x39).contains(octet) || (0x61...0x7A).contains(octet)
    }
}

extension [UInt8] {
    fileprivate func trimmingBlanks() -> [UInt8] { Array(trimmed { $0 == 0x20 }) }

    fileprivate func ends(with other: [UInt8]) -> Bool {
        count >= other.count && suffix(other.count).elementsEqual(other)
    }
}
