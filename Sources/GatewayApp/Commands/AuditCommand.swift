import ArgumentParser
import Gateway
import GatewayCore
import Storage

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "The tamper-evident audit log.",
        subcommands: [
            AuditVerifyCommand.self, AuditExportCommand.self, AuditCheckpointCommand.self,
            AuditAcceptRestoreCommand.self, AuditReplaceKeyCommand.self,
        ])
}

struct AuditCheckpointCommand: GatewayCommand {
    static let configuration = CommandConfiguration(
        commandName: "checkpoint", abstract: "Sign the log as it stands, and print the note.",
        discussion: """
            Keep the note where nobody who can write the database can write: it shows later that nothing before it was \
            changed or taken away.
            """)

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let checkpoint = try await withParts { parts, _ in
            if let doubt = parts.auditLog.standing.explanation { throw AuditDoubt(explanation: doubt) }
            let checkpoint = try await parts.auditLog.newestCheckpoint()
            try? await parts.auditLog.publishToSlowWitnesses(isLast: true)
            return checkpoint
        }
        guard let checkpoint else {
            throw CommandFailure(.refused, code: "audit.no_checkpoint", "The audit log has no entry yet.")
        }
        guard !output.json else {
            return output.object(["key_id": checkpoint.keyID, "note": checkpoint.note, "size": String(checkpoint.size)])
        }
        StandardStreams.writeOutput(checkpoint.note)
    }
}

struct AuditAcceptRestoreCommand: GatewayCommand {
    static let configuration = CommandConfiguration(
        commandName: "accept-restore",
        abstract: "Go on with a database that is older than its audit checkpoint, because it was restored on purpose.",
        discussion: """
            The entry says who accepted it. Each connection's access token is tried once before its refresh token is used; \
            those that were renewed after the backup have to be authorized again.
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var change: ChangeOptions

    func run() async throws {
        try Confirmation(options: change).ask(
            "What happened after the backup is gone from the audit log, and tokens renewed since are lost.")
        let found = try await withParts { parts, _ in try await parts.auditLog.acceptRestore(actor: .commandLine) }
        guard let doubt = found.explanation else {
            return output.say("The database is not in doubt; nothing was changed.", or: ["accepted": false])
        }
        output.say("Accepted: \(doubt.message)", or: ["accepted": true])
    }
}

/// A command that is not done while the database is in doubt.
struct AuditDoubt: Explained {
    let explanation: Explanation
}
