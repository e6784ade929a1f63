import FoundationEssentials
package import Gateway
package import GatewayCore

/// Where the events of every tenant go, and what they are signed with.
package struct WebhookSettings: Sendable {
    /// Two while a receiver changes from one to the other.
    static let maximumSecrets = 2
    private static let maximumBytes = 4096

    package let url: WebhookURL?
    package let secrets: [WebhookSecret]

    init?(reading source: inout SettingsSource) {
        guard let text = source.text(.webhookURL) else {
            if source.text(.webhookSecretFile) != nil {
                source.refuse(
                    .webhookURL, "The file with the secret is set without the receiver's address. Set both, or neither."
                )
                return nil
            }
            (url, secrets) = (nil, [])
            return
        }
        url = WebhookURL(text)
        if url == nil {
            source.refuse(
                .webhookURL, "This must be an address that begins with https://, or with http:// on this machine.")
        }
        guard let file = source.text(.webhookSecretFile) else {
            source.refuse(.webhookSecretFile, "This is required with LATCHKEY_WEBHOOK_URL: events are signed.")
            return nil
        }
        guard let secrets = Self.secrets(in: file, &source), url != nil else { return nil }
        self.secrets = secrets
    }

    private static func secrets(in file: String, _ source: inout SettingsSource) -> [WebhookSecret]? {
        guard let data = FileManager.default.contents(atPath: file) else {
            source.refuse(.webhookSecretFile, "The file cannot be read. Check path and permissions.")
            return nil
        }
        let lines = data.prefix(maximumBytes + 1).split { $0 == 0x0A || $0 == 0x0D }
        let secrets = lines.compactMap { WebhookSecret(Secret($0)) }
        guard data.count <= maximumBytes, (1...maximumSecrets).contains(lines.count), secrets.count == lines.count
        else {
            source.refuse(
                .webhookSecretFile,
                "The file must hold one secret, or two while it is changed, a line each: whsec_ and at least 24 octets in "
                    + "base64.")
            return nil
        }
        return secrets
    }
}
