package import GatewayCore
internal import HTTPTypes

/// What may be kept of an answer to talk about it later: no body, no cookie, nothing that identifies a person.
package struct ZendeskEvidence: Sendable, Hashable {
    static let maximumTextOctets = 128

    package let status: Int
    /// What Zendesk's support asks for.
    package let requestID: String?
    /// The `Date` header as it was sent.
    package let date: String?
    /// Calls a minute on this plan, and how many are left. Nil where the answer does not say.
    package let rateLimit: Int?
    package let rateLimitRemaining: Int?

    package init(_ response: OutboundResponse) {
        let fields = response.headerFields
        status = response.status.code
        requestID = Self.text(fields, ["x-request-id", "x-zendesk-request-id"])
        date = Self.text(fields, ["date"])
        rateLimit = Self.text(fields, ["x-rate-limit", "ratelimit-limit", "rate-limit"]).flatMap { Int($0) }
        rateLimitRemaining = Self.text(
            fields, ["x-rate-limit-remaining", "ratelimit-remaining", "rate-limit-remaining"]
        ).flatMap { Int($0) }
    }

    /// Printable ASCII of bounded length only: this ends up in logs and reports, where a stranger's line break or
    /// control sequence must not.
    private static func text(_ fields: HTTPFields, _ names: [String]) -> String? {
        for name in names {
            guard let field = HTTPField.Name(name), let value = fields[field], !value.isEmpty,
                value.utf8.count <= maximumTextOctets, value.utf8.allSatisfy({ (0x20...0x7E).contains($0) })
            else { continue }
            return value
        }
        return nil
    }
}
