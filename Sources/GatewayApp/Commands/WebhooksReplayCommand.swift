import ArgumentParser
import Gateway
import GatewayCore

struct WebhooksReplayCommand: GatewayCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Tell a receiver everything from an audit entry on again; also takes up one that was given up.",
        discussion: "Events keep their ids, so that a receiver can drop what it has seen.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var change: ChangeOptions

    @Argument(help: "The receiver's id, or settings for the one from LATCHKEY_WEBHOOK_URL.")
    var id: String

    @Option(help: "The index of the first audit entry to tell.")
    var from: Int64

    func run() async throws {
        try Confirmation(options: change).ask("Everything from audit entry \(from) on will be told again.")
        try await withParts { parts, _ in try await parts.webhooks.replay(id, from: from, actor: .commandLine) }
        output.say("Replaying from audit entry \(from); a running gateway does it.", or: ["replaying_from": from])
    }
}
