/// The part of the security settings that can lock us out.
package struct SecuritySettings: Sendable, Hashable {
    /// The master switch. Nil where the account does not tell.
    package let ipRestrictionEnabled: Bool?
    /// Addresses, `192.*.*.*` patterns and CIDR ranges, as they were typed. Empty when unset.
    package let ipRanges: [String]
    /// True: only team members are restricted, which includes the person our token acts for.
    package let agentsOnly: Bool
}

extension ZendeskClient {
    package func securitySettings() async -> ZendeskAnswer<SecuritySettings> {
        await get("/api/v2/security_settings.json", SecuritySettingsBody.self) { $0.settings.ip }
    }
}

private struct SecuritySettingsBody: Decodable {
    struct Settings: Decodable { let ip: SecuritySettings }
    enum CodingKeys: String, CodingKey { case settings = "security_settings" }

    let settings: Settings
}

extension SecuritySettings: Decodable {
    private enum Key: String, CodingKey {
        case ipRestrictionEnabled = "ip_restriction_enabled"
        case ipRanges = "ip_ranges"
        case agentsOnly = "enable_agent_ip_restrictions"
    }

    package init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: Key.self)
        ipRestrictionEnabled = try? members.decode(Bool.self, forKey: .ipRestrictionEnabled)
        ipRanges = Self.ranges(members)
        agentsOnly = (try? members.decode(Bool.self, forKey: .agentsOnly)) ?? false
    }

    /// One text is documented, with blanks between ranges; commas are what people type all the same.
    private static func ranges(_ members: KeyedDecodingContainer<Key>) -> [String] {
        let texts =
            (try? members.decode(String.self, forKey: .ipRanges)).map { [$0] }
            ?? (try? members.decode([String].self, forKey: .ipRanges)) ?? []
        return texts.flatMap { text in
            text.split { $0.isWhitespace || $0 == "," || $0 == ";" }.map(String.init)
        }
    }
}
