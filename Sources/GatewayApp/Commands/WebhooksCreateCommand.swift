import ArgumentParser
import Gateway
import GatewayCore
import Storage

struct WebhooksCreateCommand: GatewayCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Tell a tenant's events to an address. The signing secret is shown this once, alone on the last line."
    )

    @OptionGroup var common: CommonOptions
    @OptionGroup var change: ChangeOptions

    @Option(help: "The tenant whose events it hears.")
    var tenant: TenantID

    @Option(help: "https anywhere public, or http on this machine.")
    var url: String

    func validate() throws {
        guard WebhookURL(url) != nil else {
            throw ValidationError(
                "The address must begin with https://, or with http://localhost or http://127.0.0.1 on this machine.")
        }
    }

    func run() async throws {
        guard let address = WebhookURL(url) else { return }
        let (endpoint, secret) = try await withParts { parts, _ in
            try await parts.webhooks.create(tenant: tenant, url: address, actor: .commandLine)
        }
        let created = CreatedWebhook(
            id: endpoint.id.text, tenant: tenant.text, url: endpoint.url, secret: secret.exposeText())
        output.say(created.text, or: created)
    }
}

private struct CreatedWebhook: Encodable {
    let id: String
    let tenant: String
    let url: String
    let secret: String

    var text: String {
        """
        Webhook \(id) tells the events of tenant \(tenant) to \(url), from now on. Keep the secret now; it is not shown \
        again:
        \(secret)
        """
    }
}
