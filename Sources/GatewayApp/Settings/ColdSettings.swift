import Gateway
import GatewayCore
import OAuth

/// The settings that a check of an organization needs before there is a database: who we are and where Zendesk is.
struct ColdSettings {
    let policy: HostPolicy
    let caFile: String?
    let preflight: PreflightSettings

    /// Throws every problem with these settings; others are not looked at.
    init(reading source: SettingsSource) throws(SettingsError) {
        self = try source.read { source in
            let zendesk = ZendeskDomainSettings(reading: &source)
            let client = ZendeskClientSettings(reading: &source, isStandIn: zendesk?.policy.isLocal == true)
            let listener = ListenerSettings(reading: &source)
            let egress = Settings.egress(&source)
            guard let zendesk, let client, let listener else { return nil }
            return ColdSettings(zendesk, client, listener, egress)
        }
    }

    private init(
        _ zendesk: ZendeskDomainSettings, _ client: ZendeskClientSettings, _ listener: ListenerSettings,
        _ egress: [IPRange]
    ) {
        policy = zendesk.policy
        caFile = zendesk.caFile
        preflight = PreflightSettings(
            zendesk: ZendeskSettings(
                policy: zendesk.policy, clientID: client.clientID,
                redirectURI: listener.publicOrigin.text + "/oauth/callback", lifetimes: client.lifetimes,
                secrets: { [] }), egress: egress)
    }
}
