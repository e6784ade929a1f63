import GatewayCore
import HTTPTypes

/// Which header fields pass the proxy. Lists of what is allowed, so that nothing new passes by itself: no credentials, no
/// cookies, nothing that belongs to one hop (RFC 9110, section 7.6.1).
enum ProxyHeaders {
    private static let towardsZendesk: Set<String> = [
        "accept", "accept-encoding", "accept-language", "content-type", "content-disposition", "if-match",
        "if-none-match", "if-modified-since", "if-unmodified-since", "idempotency-key", "user-agent",
        "x-zendesk-marketplace-name", "x-zendesk-marketplace-organization-id", "x-zendesk-marketplace-app-id",
    ]

    private static let towardsCaller: Set<String> = [
        "content-type", "content-encoding", "content-length", "content-disposition", "content-language", "etag",
        "last-modified", "link", "retry-after", "date", "deprecation", "sunset", "www-authenticate", "x-request-id",
        "x-idempotency-lookup", "x-rate-limit", "x-rate-limit-remaining", "location",
    ]

    private static let prefixesTowardsCaller = ["ratelimit-", "x-zendesk-", "zendesk-ratelimit-"]

    static func outgoing(_ fields: HTTPFields, token: Secret) -> HTTPFields {
        var kept = fields.filtered { towardsZendesk.contains($0) }
        kept[.authorization] = "Bearer " + token.exposeText()
        return kept
    }

    static func incoming(_ fields: HTTPFields, from organization: OrganizationURL) -> HTTPFields {
        var kept = fields.filtered { name in
            towardsCaller.contains(name) || prefixesTowardsCaller.contains { name.hasPrefix($0) }
        }
        if let location = kept[.location], !leads(location, within: organization) { kept[.location] = nil }
        return kept
    }

    /// A caller that follows must not be led to another host with what it sends.
    private static func leads(_ location: String, within organization: OrganizationURL) -> Bool {
        guard !location.contains("\\") else { return false }
        return location.hasPrefix(organization.text + "/") || (location.hasPrefix("/") && !location.hasPrefix("//"))
    }
}

extension HTTPFields {
    fileprivate func filtered(_ isKept: (String) -> Bool) -> HTTPFields {
        var kept = HTTPFields()
        for field in self where isKept(field.name.canonicalName) { kept.append(field) }
        return kept
    }
}
