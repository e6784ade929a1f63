import AuditTrail
package import GatewayCore
package import TokenVault

/// All settings, parsed. Whoever holds one has a root key, templates, certificates and secrets that were there.
package struct Settings: Sendable {
    package let listener: ListenerSettings
    package let database: DatabaseSettings
    package let rootKey: RootKeySettings
    /// What was found there; the database knows which of them it needs. Never empty.
    package let rootKeys: [RootKey]
    package let zendesk: ZendeskDomainSettings
    package let client: ZendeskClientSettings
    package let site: SiteSettings
    package let egress: [IPRange]
    package let webhook: WebhookSettings
    package let log: LogSettings
    package let audit: AuditSettings
    package let keys: KeySettings
    /// SHA-256 over all settings, for the audit log: the values themselves stay out of it.
    package let fingerprint: String

    /// Reads everything before it refuses anything.
    package init(reading source: SettingsSource) throws(SettingsError) {
        var source = source
        let settings = Settings(collecting: &source)
        self = try source.finish(settings)
    }

    private init?(collecting source: inout SettingsSource) {
        let listener = ListenerSettings(reading: &source)
        let database = DatabaseSettings(reading: &source)
        let rootKey = RootKeySettings(reading: &source)
        let rootKeys = rootKey?.load(&source)
        let zendesk = ZendeskDomainSettings(reading: &source)
        let client = ZendeskClientSettings(reading: &source, isStandIn: zendesk?.policy.isLocal == true)
        let site = SiteSettings(reading: &source, listener: listener)
        let egress = Self.egress(&source)
        let webhook = WebhookSettings(reading: &source)
        let log = LogSettings(reading: &source)
        let audit = AuditSettings(reading: &source)
        let keys = KeySettings(reading: &source)
        guard let listener, let database, let rootKey, let rootKeys, let zendesk, let client, let site, let webhook,
            let log, let audit, let keys
        else { return nil }
        self.listener = listener
        self.database = database
        self.rootKey = rootKey
        self.rootKeys = rootKeys
        self.zendesk = zendesk
        self.client = client
        self.site = site
        self.egress = egress
        self.webhook = webhook
        self.log = log
        self.audit = audit
        self.keys = keys
        fingerprint = Fingerprint.of(source.configuration)
    }

    static func egress(_ source: inout SettingsSource) -> [IPRange] { source.ranges(.egressAddresses) }
}

extension SettingsSource {
    /// One subject of the settings, for commands that need no more. Names that do not exist are problems all the same.
    package func read<Value>(_ part: (inout SettingsSource) -> Value?) throws(SettingsError) -> Value {
        var source = self
        let value = part(&source)
        return try source.finish(value)
    }
}
