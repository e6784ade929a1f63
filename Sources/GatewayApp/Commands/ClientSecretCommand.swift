import ArgumentParser

struct ClientSecretCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "client-secret", abstract: "The OAuth client's secret.",
        subcommands: [ClientSecretCheckCommand.self])
}
