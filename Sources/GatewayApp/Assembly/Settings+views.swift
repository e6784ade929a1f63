import Gateway
import GatewayWeb

// The settings as the use cases and the web want them.
extension Settings {
    var zendeskForUse: ZendeskSettings {
        let secretFile = client.secretFile
        return ZendeskSettings(
            policy: zendesk.policy, clientID: client.clientID,
            redirectURI: listener.publicOrigin.text + "/oauth/callback", lifetimes: client.lifetimes,
            secrets: { secretFile?.secrets ?? [] })
    }

    var preflight: PreflightSettings { PreflightSettings(zendesk: zendeskForUse, egress: egress) }

    var web: WebSettings {
        WebSettings(
            publicOrigin: listener.publicOrigin.text, hostPolicy: zendesk.policy,
            returnOrigins: site.returnOrigins.map(\.text), limitsRates: site.limitsRates,
            assetsDirectory: site.templatesDirectory + "/assets")
    }
}
