import ArgumentParser
import Gateway
import GatewayCore

struct WebhooksRemoveCommand: GatewayCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Tell this receiver nothing more, and erase its secret.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var change: ChangeOptions

    @Argument(help: "The receiver's id.")
    var id: WebhookEndpointID

    func run() async throws {
        try Confirmation(options: change).ask("The receiver \(id) will be told nothing more.")
        try await withParts { parts, _ in try await parts.webhooks.remove(id, actor: .commandLine) }
        output.say("Removed \(id).", or: ["removed": id.text])
    }
}
