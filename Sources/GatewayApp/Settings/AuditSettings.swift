package import GatewayCore

/// Where audit checkpoints are kept, out of the database's reach.
package struct AuditSettings: Sendable {
    package let checkpointFile: String?
    package let checkpointWebhook: WebhookURL?

    init?(reading source: inout SettingsSource) {
        checkpointFile = source.text(.auditCheckpointFile)
        let url = source.text(.auditCheckpointWebhookURL)
        checkpointWebhook = url.flatMap(WebhookURL.init)
        guard url == nil || checkpointWebhook != nil else {
            source.refuse(
                .auditCheckpointWebhookURL,
                "This must be an address that begins with https://, or with http:// on this machine.")
            return nil
        }
    }
}
