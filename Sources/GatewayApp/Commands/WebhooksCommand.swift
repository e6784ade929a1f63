import ArgumentParser

struct WebhooksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "webhooks", abstract: "Receivers of one tenant's events.",
        subcommands: [
            WebhooksCreateCommand.self, WebhooksListCommand.self, WebhooksRemoveCommand.self,
            WebhooksReplayCommand.self,
        ])
}
