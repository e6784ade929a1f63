/// The part of a proxied call's address that Zendesk sees: below `api/v2/`, and nothing that could lead anywhere else.
///
/// It is sent on octet for octet as it came. What another reader could take for something else is refused rather than
/// repaired: dot segments, empty segments, escaped slashes, backslashes, escaped percent signs, controls.
package struct ProxyPath: Sendable, Equatable {
    static let maximumLength = 8 * 1024
    private static let root = ["api", "v2"]

    /// Begins with `/api/v2/` and carries the query.
    package let text: String
    /// Decoded.
    private let segments: [String]

    /// Both as they stand in the address, still escaped.
    package init(_ path: Substring, query: String?) throws(ProxyRefusal) {
        guard path.utf8.count + (query?.utf8.count ?? 0) <= Self.maximumLength else { throw .badPath }
        var segments: [String] = []
        for piece in path.split(separator: "/", omittingEmptySubsequences: false) {
            guard let segment = Self.segment(piece) else { throw .badPath }
            segments.append(segment)
        }
        guard segments.count > Self.root.count, Array(segments.prefix(2)) == Self.root, path.hasPrefix("api/v2/") else {
            throw .badPath
        }
        if let query { guard Self.isQuery(query) else { throw .badPath } }
        self.segments = segments
        text = "/" + path + (query.map { "?" + $0 } ?? "")
    }

    /// Tokens and clients of the organization: reading them is one thing; making and deleting them behind the gateway's
    /// back would leave grants that no record of ours knows.
    var isAboutGrants: Bool {
        guard segments.count > 2 else { return false }
        let name = segments[2].lowercased()
        return name == "oauth" || name.hasPrefix("oauth.")
    }

    /// For the log: no query, and nothing in place of a segment that could be personal.
    var logged: String {
        let shown = segments.map { segment in
            segment.utf8.count <= 40 && segment.utf8.allSatisfy(Self.isPlain) ? segment : "*"
        }
        return String(shown.joined(separator: "/").prefix(160))
    }

    /// Nil unless the segment means the same to every reader.
    private static func segment(_ text: Substring) -> String? {
        var octets: [UInt8] = []
        var rest = text.utf8[...]
        while let octet = rest.popFirst() {
            guard octet == UInt8(ascii: "%") else {
                guard isPathCharacter(octet) else { return nil }
                octets.append(octet)
                continue
            }
            guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
                return nil
            }
            let decoded = high << 4 | low
            guard isHarmless(decoded) else { return nil }
            octets.append(decoded)
        }
        guard !octets.isEmpty, let decoded = String(validating: octets, as: UTF8.self), decoded != ".",
            decoded != ".."
        else { return nil }
        return decoded
    }

    /// Escaped separators, and a percent sign that a second decoding would take for the beginning of an escape.
    private static func isHarmless(_ decoded: UInt8) -> Bool {
        decoded >= 0x20 && decoded != 0x7F
            && ![UInt8(ascii: "/"), UInt8(ascii: "\\"), UInt8(ascii: "%"), UInt8(ascii: "?"), UInt8(ascii: "#")]
                .contains(decoded)
    }

    /// RFC 3986, `pchar` without escapes.
    private static func isPathCharacter(_ octet: UInt8) -> Bool {
        isPlain(octet) || "~!$&'()*+,;=:@".utf8.contains(octet)
    }

    private static func isQuery(_ text: String) -> Bool {
        var rest = text.utf8[...]
        while let octet = rest.popFirst() {
            if octet == UInt8(ascii: "%") {
                guard rest.popFirst().flatMap(digit) != nil, rest.popFirst().flatMap(digit) != nil else { return false }
            } else if !isPathCharacter(octet), !"/?[]".utf8.contains(octet) {
                return false
            }
        }
        return true
    }

    private static func isPlain(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private static func digit(_ octet: UInt8) -> UInt8? {
        switch octet {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): octet - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): octet - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): octet - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
