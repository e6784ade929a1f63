import GatewayCore

/// Scheme, host and port of a website, in the one way of writing that browsers compare.
package struct WebOrigin: Sendable, Hashable {
    package let isHTTPS: Bool
    /// Lower case; an IPv6 address with its brackets.
    package let host: String
    /// Nil for the scheme's usual one.
    package let port: Int?

    package var text: String { (isHTTPS ? "https://" : "http://") + host + (port.map { ":\($0)" } ?? "") }

    /// Never leaves this machine: by RFC 6761 whatever ends in `localhost`, and the loopback addresses.
    package var isLoopback: Bool { Self.isLoopback(host) }

    /// Reads `https://host` or `https://host:port`; one slash at the end is forgiven, anything behind it is not.
    package init(parsing text: String) throws(WebOriginFault) {
        let lowered = text.lowercased()
        guard let scheme = ["https://", "http://"].first(where: lowered.hasPrefix) else { throw .scheme }
        var rest = lowered.dropFirst(scheme.count)
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        guard !rest.contains(where: { "/?#@\\".contains($0) }) else { throw .moreThanAnOrigin }
        let (host, port) = try Self.split(rest)
        isHTTPS = scheme == "https://"
        self.host = host
        self.port = port == (isHTTPS ? 443 : 80) ? nil : port
    }

    static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host.hasSuffix(".localhost") || host == "[::1]" || host == "::1"
            || (IPRange(host)?.octets.first == 127 && IPRange(host)?.octets.count == 4)
    }

    private static func split(_ text: Substring) throws(WebOriginFault) -> (String, Int?) {
        guard text.hasPrefix("[") else {
            let pieces = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard isName(pieces[0]) else { throw .host }
            return (String(pieces[0]), pieces.count == 2 ? try port(pieces[1]) : nil)
        }
        guard let end = text.firstIndex(of: "]"),
            IPRange(String(text[text.index(after: text.startIndex)..<end]))?.octets.count == 16
        else { throw .host }
        let behind = text[text.index(after: end)...]
        guard behind.isEmpty || behind.hasPrefix(":") else { throw .host }
        return (String(text[...end]), behind.isEmpty ? nil : try port(behind.dropFirst()))
    }

    private static func port(_ text: Substring) throws(WebOriginFault) -> Int {
        guard let number = Int(text), (1...65_535).contains(number), String(number) == text else { throw .port }
        return number
    }

    private static func isName(_ text: Substring) -> Bool {
        guard (1...253).contains(text.utf8.count) else { return false }
        return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                && label.utf8.allSatisfy { octet in
                    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(octet)
                        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(octet) || octet == UInt8(ascii: "-")
                }
        }
    }
}

package enum WebOriginFault: Error, Equatable {
    case scheme, moreThanAnOrigin, host, port

    var sentence: String {
        switch self {
        case .scheme: "This must begin with https:// or http://."
        case .moreThanAnOrigin: "This must be scheme, host and port only, like https://latchkey.example.com."
        case .host: "The host is not a host name, in the plain form that browsers use."
        case .port: "The port is not a number from 1 to 65535."
        }
    }
}
