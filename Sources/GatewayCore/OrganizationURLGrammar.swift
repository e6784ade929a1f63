/// The whole grammar of what may be typed, octet by octet.
///
///     input  = blanks [ scheme "://" ] host [ "/" anything ] blanks
///     host   = label [ "." domain [ ":" port ] ]     port only as configured for a local stand-in
///     label  = alnum 1*61( alnum / "-" ) alnum       no "--" in positions 3 and 4, not reserved
///
/// Whatever does not match is refused; the refusals below only decide which sentence the person reads.
struct OrganizationURLGrammar {
    /// A cap before any work: longer than every address a browser shows.
    static let maximumInputOctets = 2048
    static let labelLengths = 3...63
    /// Vendor hosts that are no customer's organization. `support.zendesk.com` is Zendesk's own account.
    static let reserved: Set<String> = [
        "www", "api", "support", "developer", "developers", "status", "static", "assets", "help", "blog", "mail",
        "smtp",
        "admin", "account", "accounts", "marketplace", "apps", "cdn", "docs", "training", "partners", "investor",
        "oauth-bridge", "theme", "zendesk",
    ]

    let policy: HostPolicy

    func label(in input: String) throws(OrganizationURLRefusal) -> String {
        guard input.utf8.count <= Self.maximumInputOctets else { throw .tooLong }
        let octets = Array(input.utf8).trimmingBlanks()
        guard !octets.isEmpty else { throw .empty }
        // Before lower-casing: the Kelvin sign lower-cases to a plain k.
        guard octets.allSatisfy({ (0x21...0x7E).contains($0) }) else { throw .forbiddenCharacters }
        let lowered = octets.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }
        let rest = try withoutScheme(lowered)
        let host = Array(rest.prefix { $0 != UInt8(ascii: "/") })
        let label = try withoutDomain(host, isWholeInput: rest.count == lowered.count && host.count == rest.count)
        try check(label)
        return String(decoding: label, as: UTF8.self)
    }

    /// Lower-case label rules alone, for subdomains that come from our own records.
    static func isLabel(_ octets: [UInt8]) -> Bool {
        guard labelLengths.contains(octets.count), let first = octets.first, let last = octets.last else {
            return false
        }
        return octets.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
            && isAlphanumeric(first) && isAlphanumeric(last)
            && !(octets[2] == UInt8(ascii: "-") && octets.count > 3 && octets[3] == UInt8(ascii: "-"))
    }

    private func withoutScheme(_ octets: [UInt8]) throws(OrganizationURLRefusal) -> [UInt8] {
        let expected = Array("\(policy.scheme)://".utf8)
        if octets.starts(with: expected) { return Array(octets.dropFirst(expected.count)) }
        if octets.starts(with: Array("http://".utf8)) { throw .wrongScheme }
        guard let colon = octets.firstIndex(of: UInt8(ascii: ":")) else { return octets }
        let tail = octets[(colon + 1)...]
        if tail.starts(with: Array("//".utf8)) || !tail.prefix(1).allSatisfy(Self.isDigit) { throw .wrongScheme }
        return octets
    }

    private func withoutDomain(_ host: [UInt8], isWholeInput: Bool) throws(OrganizationURLRefusal) -> [UInt8] {
        guard host.contains(where: { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":") }) else {
            // A bare subdomain stands alone; "https://acme" or "acme/x" is somebody's host, not ours.
            guard isWholeInput else { throw .notUnderDomain(expected: policy.authority) }
            return host
        }
        let suffix = Array(".\(policy.authority)".utf8)
        guard host.count >= suffix.count, host.suffix(suffix.count).elementsEqual(suffix) else {
            throw refusal(ofForeignHost: host)
        }
        let label = Array(host.dropLast(suffix.count))
        guard !label.contains(UInt8(ascii: ".")) else { throw .tooManyLabels(expected: policy.authority) }
        return label
    }

    private func refusal(ofForeignHost host: [UInt8]) -> OrganizationURLRefusal {
        let text = String(decoding: host, as: UTF8.self)
        if text == policy.authority { return .missingSubdomain(expected: policy.authority) }
        if host.contains(UInt8(ascii: "@")) { return .userInformation }
        if text.hasPrefix("\(policy.domain):") || text.contains(".\(policy.domain):") { return .port }
        if text.hasSuffix(".\(policy.domain)"), policy.port != nil { return .port }
        if text.hasSuffix(".zendesk.com") { return .otherDomain(expected: policy.authority) }
        let helpCenterWords = ["help.", "support.", "hc.", "helpdesk.", "helpcenter.", "care."]
        if helpCenterWords.contains(where: text.hasPrefix), !text.contains("zendesk") {
            return .helpCenter(expected: policy.authority)
        }
        return .notUnderDomain(expected: policy.authority)
    }

    private func check(_ label: [UInt8]) throws(OrganizationURLRefusal) {
        guard !label.isEmpty else { throw .missingSubdomain(expected: policy.authority) }
        guard !label.contains(UInt8(ascii: "@")) else { throw .userInformation }
        guard label.allSatisfy({ Self.isAlphanumeric($0) || $0 == UInt8(ascii: "-") }) else {
            throw .forbiddenCharacters
        }
        guard Self.labelLengths.contains(label.count) else { throw .wrongLength }
        guard Self.isLabel(label) else { throw .notALabel }
        guard !Self.reserved.contains(String(decoding: label, as: UTF8.self)) else { throw .reserved }
    }

    private static func isDigit(_ octet: UInt8) -> Bool { (0x30...0x39).contains(octet) }
    private static func isAlphanumeric(_ octet: UInt8) -> Bool { isDigit(octet) || (0x61...0x7A).contains(octet) }
}

extension [UInt8] {
    /// Blank and tab only around the text; a line break is never part of an address (URL-19).
    fileprivate func trimmingBlanks() -> [UInt8] {
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 }
        let start = drop(while: isBlank)
        return Array(start.reversed().drop(while: isBlank).reversed())
    }
}
