import FoundationEssentials
package import GatewayCore
internal import HTTPTypes

/// What a body may be before it is looked at.
enum ContentRules {
    /// `application/json`, in any case, with no parameter but `charset=utf-8`.
    static func isJSON(_ fields: HTTPFields) -> Bool {
        guard let value = fields[.contentType] else { return false }
        let pieces = value.split(separator: ";", omittingEmptySubsequences: false).map(trimmed)
        guard pieces.first == "application/json" else { return false }
        return pieces.dropFirst().allSatisfy { ["charset=utf-8", "charset=\"utf-8\"", ""].contains($0) }
    }

    /// We ask for `identity`; a coded body is refused unread, so that no small answer unpacks into a large one.
    static func isUncoded(_ fields: HTTPFields) -> Bool {
        fields[.contentEncoding].map { trimmed($0[...]) == "identity" } ?? true
    }

    private static func trimmed(_ text: Substring) -> String {
        text.trimmed { $0 == " " || $0 == "\t" }.lowercased()
    }
}

/// `Retry-After` (RFC 9110, section 10.2.3), as seconds. A date is read by the clock of the answer that names it.
package enum RetryAfter {
    /// A day. Whoever asks for more is asked again tomorrow.
    static let maximum = 86_400

    package static func seconds(in response: OutboundResponse) -> Int? {
        guard let text = response.headerFields[.retryAfter] else { return nil }
        guard (1...10).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return seconds(until: text, from: response.headerFields[.date])
        }
        return Int(text).map { min($0, maximum) }
    }

    private static func seconds(until text: String, from sentAt: String?) -> Int? {
        guard let end = HTTPDate.parse(text), let start = sentAt.flatMap(HTTPDate.parse) else { return nil }
        let seconds = end.timeIntervalSince(start)
        return seconds > 0 ? Int(min(seconds, TimeInterval(maximum))) : nil
    }
}
