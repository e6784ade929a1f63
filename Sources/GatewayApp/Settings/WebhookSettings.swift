import FoundationEssentials

/// Where events will go. Parsed so that a mistake shows now; nothing is sent by this version.
package struct WebhookSettings: Sendable {
    package let url: String?

    init?(reading source: inout SettingsSource) {
        url = source.text(.webhookURL)
        guard let url else { return }
        guard url.hasPrefix("https://") || url.hasPrefix("http://localhost") || url.hasPrefix("http://127.0.0.1"),
            url.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            source.refuse(.webhookURL, "This must be an address that begins with https://.")
            return nil
        }
        guard let secretFile = source.text(.webhookSecretFile) else {
            source.refuse(.webhookSecretFile, "This is required with LATCHKEY_WEBHOOK_URL: events are signed.")
            return nil
        }
        guard FileManager.default.isReadableFile(atPath: secretFile) else {
            source.refuse(.webhookSecretFile, "The file cannot be read. Check path and permissions.")
            return nil
        }
    }
}
