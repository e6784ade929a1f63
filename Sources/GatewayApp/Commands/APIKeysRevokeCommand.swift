import ArgumentParser
import Gateway
import GatewayCore

struct APIKeysRevokeCommand: GatewayCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Make an API key useless from now on.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var change: ChangeOptions

    @Argument(help: "The key's id, as `api-keys list` shows it.")
    var id: APIKeyID

    func run() async throws {
        try Confirmation(options: change).ask("Programs that use \(id) will be refused.")
        let revoked = try await withStore { store in
            try await APIKeys(store: store, clock: SystemClock(), random: SystemRandomSource())
                .revoke(id, actor: .commandLine)
        }
        guard revoked else {
            throw CommandFailure(
                .refused, code: "api_key.not_found", "There is no such API key, or it was revoked before.",
                remedy: "See: latchkey api-keys list.")
        }
        output.say("Revoked \(id).", or: ["id": id.text, "state": "revoked"])
    }
}
