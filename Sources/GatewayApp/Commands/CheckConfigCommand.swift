import ArgumentParser
import Gateway
import GatewayCore

struct CheckConfigCommand: GatewayCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-config",
        abstract: "Read all settings and what they point to, and list every problem. Changes nothing.")

    @OptionGroup var common: CommonOptions

    func run() async throws {
        try ProcessHygiene.apply()
        let summary = Summary(try Settings(reading: common.source))
        output.say(summary.text, or: summary)
    }
}

private struct Summary: Encodable {
    let ok = true
    let listening: String
    let public_url: String
    let redirect_uri: String
    let database: String
    let zendesk_domain: String
    let zendesk_client_id: String
    let templates: String
    let notices: [String]

    init(_ settings: Settings) {
        listening = "\(settings.listener.host):\(settings.listener.port)"
        public_url = settings.listener.publicOrigin.text
        redirect_uri = settings.zendesk(watchedBy: nil).redirectURI
        database = settings.database.path
        zendesk_domain = settings.zendesk.policy.authority
        zendesk_client_id = settings.client.clientID
        templates = settings.site.templatesDirectory
        notices = SettingsNotices.all(settings)
    }

    var text: String {
        let lines = [
            "The settings are good.", "  listening      \(listening)", "  public URL     \(public_url)",
            "  redirect URI   \(redirect_uri)  (register exactly this at Zendesk)", "  database       \(database)",
            "  Zendesk        \(zendesk_domain), client \(zendesk_client_id)", "  templates      \(templates)",
        ]
        return (lines + notices.map { "  note: \($0)" }).joined(separator: "\n")
    }
}
