import ArgumentParser
import Gateway
import GatewayCore

struct ConnectionsRefreshCommand: GatewayCommand {
    static let configuration = CommandConfiguration(
        commandName: "refresh", abstract: "Renew a connection's tokens now; the ones before die at Zendesk at once.")

    @OptionGroup var common: CommonOptions

    @Argument(help: "The connection's id.")
    var id: ConnectionID

    func run() async throws {
        let body = try await withParts { parts, settings in
            _ = try await parts.store.connectionOrRefusal(id)
            let renewed = try await parts.broker.refresh(id, actor: .commandLine)
            await parts.refresher.drain()
            return ConnectionBody(renewed, policy: settings.zendesk.policy)
        }
        output.say(body.text, or: ["connection": body])
    }
}
