package import ArgumentParser
import GatewayCore
import Storage

/// The command line of the gateway.
package struct LatchkeyCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "latchkey",
        abstract: "An OAuth connection and credentials gateway for Zendesk.",
        discussion: """
            Settings are read from LATCHKEY_ variables and from a YAML file named with --config.
            Exit status: 0 done, 1 refused or failed check, 2 could not run, 64 wrong usage, 78 bad settings.
            """,
        subcommands: [
            ServeCommand.self, CheckConfigCommand.self, MigrateCommand.self, DoctorCommand.self, SignInLinkCommand.self,
            APIKeysCommand.self, KeysCommand.self, ConnectionsCommand.self, PreflightCommand.self,
            OrganizationURLCommand.self, AuditCommand.self,
            WebhooksCommand.self, ClientSecretCommand.self, EmergencyRotateCommand.self, BackupCommand.self,
            RestoreCommand.self,
        ])

    package init() {}

    /// Runs what the arguments say and returns the status to exit with.
    package static func execute() async -> Int32 {
        var output = Output(json: false)
        do {
            var command = try await asyncParseAsRoot()
            guard var ours = command as? any GatewayCommand else {
                // Help, and commands that only hold others.
                try command.run()
                return ExitStatus.done.rawValue
            }
            output = ours.output
            try await ours.run()
            return ExitStatus.done.rawValue
        } catch let code as ExitCode {
            return code.rawValue
        } catch {
            return report(error, output)
        }
    }

    private static func report(_ error: any Error, _ output: Output) -> Int32 {
        guard error is any Explained || error is StorageError || exitCode(for: error) == .failure else {
            // Help that was asked for, and wrong usage, speak with the parser's voice.
            exit(withError: error)
        }
        let failure = CommandFailure(error)
        output.fail(failure)
        return failure.status.rawValue
    }
}

extension ExitStatus {
    /// To be thrown by a command that has already said everything.
    var thrown: ExitCode { ExitCode(rawValue) }
}
