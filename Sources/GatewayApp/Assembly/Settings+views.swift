import Gateway
import GatewayWeb
import OutboundHTTP

// The settings as the use cases and the web want them.
extension Settings {
    func zendesk(watchedBy watch: ClientSecretWatch?) -> ZendeskSettings {
        let secretFile = client.secretFile
        return ZendeskSettings(
            policy: zendesk.policy, clientID: client.clientID,
            redirectURI: listener.publicOrigin.text + "/oauth/callback", lifetimes: client.lifetimes,
            secretWatch: watch, secrets: { secretFile?.secrets ?? [] })
    }

    /// The receiver of every tenant's events.
    var eventReceiver: EventDelivery.Receiver? {
        webhook.url.map {
            EventDelivery.Receiver(
                name: EventDelivery.configuredName, url: $0, secrets: webhook.secrets, tenant: nil)
        }
    }

    var preflight: PreflightSettings { PreflightSettings(zendesk: zendesk(watchedBy: nil), egress: egress) }

    var web: WebSettings {
        WebSettings(
            publicOrigin: listener.publicOrigin.text, hostPolicy: zendesk.policy,
            returnOrigins: site.returnOrigins.map(\.text), trustedProxies: listener.trustedProxies,
            limitsRates: site.limitsRates, assetsDirectory: site.templatesDirectory + "/assets")
    }
}

extension AuditSettings {
    var witnesses: [any CheckpointWitness] {
        var witnesses: [any CheckpointWitness] = []
        if let checkpointFile { witnesses.append(AuditCheckpointFile(path: checkpointFile)) }
        if let checkpointWebhook {
            witnesses.append(AuditCheckpointWebhook(url: checkpointWebhook, transport: WebhookSender()))
        }
        return witnesses
    }
}
