import ArgumentParser

struct ConnectionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "connections", abstract: "Connected organizations.",
        subcommands: [
            ConnectionsListCommand.self, ConnectionsShowCommand.self, ConnectionsDisconnectCommand.self,
            ConnectionsRefreshCommand.self, ConnectionsRefreshAllCommand.self,
            ConnectionsReconnectLinksCommand.self,
        ])
}
