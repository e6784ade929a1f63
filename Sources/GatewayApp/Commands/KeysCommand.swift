import ArgumentParser

struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "The root key and the data keys that seal tokens.",
        subcommands: [
            KeysInitCommand.self,
            KeysListCommand.self,
            KeysGenerateCommand.self,
            KeysPromoteCommand.self,
            KeysResealCommand.self,
            KeysVerifyCommand.self,
            KeysRetireCommand.self,
            KeysDestroyCommand.self,
            KeysRotateCommand.self,
            KeysPauseCommand.self,
            KeysResumeCommand.self,
            KeysOldestCommand.self,
            KeysRotateRootCommand.self,
            KeysExportRootCommand.self,
            KeysImportRootCommand.self,
        ])
}
