package import HTTPTypes

/// Where events may be posted: `https` to a public name or address, and plain `http` to this machine only.
package struct WebhookURL: Sendable, Hashable, CustomStringConvertible {
    package static let maximumLength = 500

    package let text: String
    /// In lower case.
    package let host: String

    /// Only a name of this machine itself; nothing that a name server could turn into one counts.
    package var isLoopback: Bool { Self.isLoopback(host) }

    /// Nil unless it is `scheme://host[:port][/path][?query]` in printable ASCII, without user or fragment: whatever two
    /// readers of addresses could take differently is refused.
    package init?(_ text: String) {
        guard text.utf8.count <= Self.maximumLength,
            text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\\") && $0 != UInt8(ascii: "#") }),
            let (scheme, rest) = Self.split(text)
        else { return nil }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let pieces = authority.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let host = pieces[0].lowercased()
        guard Self.isHost(host), pieces.count == 1 || Self.isPort(pieces[1]) else { return nil }
        guard scheme == "https" || Self.isLoopback(host) else { return nil }
        self.text = scheme + "://" + host + rest.dropFirst(pieces[0].count)
        self.host = host
    }

    package var description: String { text }

    private static func split(_ text: String) -> (scheme: String, rest: Substring)? {
        for scheme in ["https", "http"] where text.lowercased().hasPrefix(scheme + "://") {
            return (scheme, text.dropFirst(scheme.count + 3))
        }
        return nil
    }

    private static func isLoopback(_ host: String) -> Bool { host == "localhost" || host == "127.0.0.1" }

    /// Letters, digits and hyphens between dots: names and IPv4 addresses. Not every reader agrees on anything else.
    private static func isHost(_ host: String) -> Bool {
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        return host.utf8.count <= 253
            && labels.allSatisfy { label in
                (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                    && label.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
            }
    }

    private static func isPort(_ text: Substring) -> Bool {
        guard let port = UInt16(text), port > 0 else { return false }
        return String(port) == text
    }
}

/// Posts events. Follows no redirect, goes to no private address but this machine where it was named.
package protocol WebhookTransport: Sendable {
    /// Returns whatever was answered. Throws when there was no complete answer.
    func post(
        _ body: [UInt8], headerFields: HTTPFields, to url: WebhookURL
    ) async throws(TransportFailure) -> OutboundResponse
}
