/// Scope words: `read`, `write`, `impersonate`, or `resource` with `:read` or `:write` behind it.
package enum Scopes {
    /// An empty or oddly spaced scope is malformed rather than small.
    static func parse(_ text: String) -> [String]? {
        let words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard !words.isEmpty, words.allSatisfy(isWord), Set(words).count == words.count else { return nil }
        return words
    }

    /// True when any of the wanted words is covered: the list Zendesk prints is a choice, although it sounds like a
    /// sum.
    static func cover(_ granted: [String], anyOf wanted: [String]) -> Bool {
        wanted.contains { word in
            granted.contains(word) || granted.contains(String(word.prefix { $0 != ":" }))
        }
    }

    /// A client's ceiling: a broad word covers the narrow ones with the same access.
    static func isAllowed(_ word: String, by ceiling: Set<String>) -> Bool {
        if ceiling.contains(word) { return true }
        guard let access = word.split(separator: ":").dropFirst().first else { return false }
        return resources.contains(String(word.prefix { $0 != ":" })) && ceiling.contains(String(access))
    }

    /// What the consent page says a word means.
    static func sentence(_ word: String) -> String {
        switch word {
        case "read": "Read everything you can read: tickets, people, help center, settings"
        case "write": "Change everything you can change: create, update and delete"
        case "impersonate": "Act on behalf of your end users"
        default: narrowSentence(word)
        }
    }

    private static func narrowSentence(_ word: String) -> String {
        let parts = word.split(separator: ":").map(String.init)
        guard parts.count == 2, resources.contains(parts[0]) else { return "\(word) (opens nothing)" }
        let subject = parts[0].replacing("_", with: " ")
        return parts[1] == "read" ? "Read \(subject)" : "Change \(subject)"
    }

    private static func isWord(_ word: String) -> Bool {
        !word.isEmpty && word.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x22 && $0 != 0x5C }
    }

    static let resources: Set<String> = [
        "tickets", "users", "organizations", "hc", "apps", "triggers", "automations", "targets", "webhooks", "macros",
        "requests", "satisfaction_ratings", "dynamic_content", "auditlogs", "any_channel", "web_widget", "zis",
        "account_settings", "brands", "custom_objects", "deletion_schedules", "groups", "sla_policies", "themes",
        "ticket_attachments", "ticket_views", "security",
    ]
}
