/// Under which domain organizations live, and how they are spoken to.
///
/// In production that is `https` under `zendesk.com`. For local work it is a name ending in `.localhost`, which can
/// never leave the machine, with an optional port and optionally plain HTTP.
package struct HostPolicy: Sendable, Hashable {
    package static let zendesk = HostPolicy(
        uncheckedDomain: "zendesk.com", port: nil, usesPlainHTTP: false, reserved: usuallyReserved)

    /// Zendesk's own hosts and local names, which are no customer's organization. No official list exists.
    package static let usuallyReserved: Set<String> = [
        "account", "accounts", "admin", "api", "apps", "assets", "blog", "cdn", "developer", "developers", "docs",
        "help", "investor", "ip6-localhost", "ip6-loopback", "localdomain", "localhost", "mail", "marketplace",
        "oauth-bridge", "partners", "smtp", "static", "status", "support", "theme", "training", "www", "zendesk",
    ]

    /// `zendesk.com`, or a name ending in `.localhost`.
    package let domain: String
    package let port: Int?
    package let usesPlainHTTP: Bool
    /// Subdomains nobody may enter, in lower case.
    package let reservedSubdomains: Set<String>

    package var scheme: String { usesPlainHTTP ? "http" : "https" }
    /// The domain with its port, as it stands in addresses.
    package var authority: String { port.map { "\(domain):\($0)" } ?? domain }
    /// Whether names resolve to loopback, by us and by browsers (RFC 6761, section 6.3).
    package var isLocal: Bool { domain.hasSuffix(".localhost") }

    package var isZendesk: Bool { domain == "zendesk.com" }

    private init(uncheckedDomain domain: String, port: Int?, usesPlainHTTP: Bool, reserved: Set<String>) {
        self.domain = domain
        self.port = port
        self.usesPlainHTTP = usesPlainHTTP
        reservedSubdomains = reserved
    }

    /// Reads the setting: `zendesk.com`, or `NAME.localhost` with an optional `:PORT`. Plain HTTP only for the latter.
    package init(
        parsing text: String, usesPlainHTTP: Bool, reservedSubdomains: Set<String> = HostPolicy.usuallyReserved
    ) throws(HostPolicyError) {
        guard text != "zendesk.com" else {
            guard !usesPlainHTTP else { throw .plainHTTPOutsideLocalhost }
            self.init(uncheckedDomain: text, port: nil, usesPlainHTTP: false, reserved: reservedSubdomains)
            return
        }
        let pieces = text.split(separator: ":", omittingEmptySubsequences: false)
        guard let name = pieces.first, pieces.count <= 2, HostPolicy.isLocalDomain(name) else { throw .notAllowed }
        var port: Int?
        if pieces.count == 2 {
            guard let number = Int(pieces[1]), (1...65535).contains(number), String(number) == pieces[1] else {
                throw .badPort
            }
            port = number
        }
        self.init(
            uncheckedDomain: String(name), port: port, usesPlainHTTP: usesPlainHTTP, reserved: reservedSubdomains)
    }

    private static func isLocalDomain(_ name: Substring) -> Bool {
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        guard labels.count >= 2, labels.last == "localhost", name.utf8.count <= 200 else { return false }
        return labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                && label.utf8.allSatisfy { octet in
                    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(octet)
                        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(octet) || octet == UInt8(ascii: "-")
                }
        }
    }
}

package enum HostPolicyError: Explained, Equatable {
    case notAllowed
    case badPort
    case plainHTTPOutsideLocalhost

    package var explanation: Explanation {
        switch self {
        case .notAllowed:
            Explanation(
                code: "zendesk_domain.not_allowed",
                message: "The Zendesk domain must be zendesk.com, or a lower-case name ending in .localhost.",
                remedy: "Use zendesk.com, or for a stand-in something like zendesk.localhost:9443.")
        case .badPort:
            Explanation(
                code: "zendesk_domain.bad_port",
                message: "The port of the Zendesk domain is not a number from 1 to 65535.",
                remedy: "Write it like zendesk.localhost:9443.")
        case .plainHTTPOutsideLocalhost:
            Explanation(
                code: "zendesk_domain.plain_http",
                message: "Plain HTTP is allowed only for a Zendesk domain that ends in .localhost.",
                remedy: "Remove the plain HTTP setting, or point the domain at a local stand-in.")
        }
    }
}
