import FoundationEssentials
package import GatewayCore

/// Under which domain organizations live, and how they are spoken to.
package struct ZendeskDomainSettings: Sendable {
    package let policy: HostPolicy
    /// An additional trust root, for a stand-in's certificate.
    package let caFile: String?

    init?(reading source: inout SettingsSource) {
        let plain = source.choice(.zendeskPlainHTTP, ["false": false, "true": true], default: false)
        let caFile = source.text(.zendeskCAFile)
        let domain = source.text(.zendeskDomain) ?? "zendesk.com"
        do {
            policy = try HostPolicy(parsing: domain, usesPlainHTTP: plain ?? false)
        } catch {
            let name: SettingName = error == .plainHTTPOutsideLocalhost ? .zendeskPlainHTTP : .zendeskDomain
            source.refuse(name, [error.explanation.message, error.explanation.remedy ?? ""].joined(separator: " "))
            return nil
        }
        self.caFile = caFile
        if let caFile { Self.check(caFile, policy, &source) }
        guard plain != nil else { return nil }
    }

    /// Trusting one more authority for zendesk.com would let its owner read every token.
    private static func check(_ caFile: String, _ policy: HostPolicy, _ source: inout SettingsSource) {
        guard policy.isLocal else {
            source.refuse(
                .zendeskCAFile, "This is allowed only with a Zendesk domain that ends in .localhost. Remove it.")
            return
        }
        guard FileManager.default.isReadableFile(atPath: caFile) else {
            source.refuse(.zendeskCAFile, "The file cannot be read. Check path and permissions.")
            return
        }
    }
}
