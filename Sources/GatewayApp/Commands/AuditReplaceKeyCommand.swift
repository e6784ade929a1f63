import ArgumentParser
import Gateway
import GatewayCore
import Storage

struct AuditReplaceKeyCommand: GatewayCommand {
    static let configuration = CommandConfiguration(
        commandName: "replace-key", abstract: "Sign the audit log with a new key from here on.",
        discussion: """
            The former key signs the log once more, up to the entry that introduces the new one, and is erased. Whoever \
            trusts the log's first key can follow. Running services take the new one over.
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var change: ChangeOptions

    func run() async throws {
        try Confirmation(options: change).ask("The key that signs the audit log now will be erased.")
        let key = try await withParts { parts, _ in
            if let doubt = parts.auditLog.standing.explanation { throw AuditDoubt(explanation: doubt) }
            return try await parts.auditLog.replaceKey(actor: .commandLine)
        }
        output.say("\(key.id) signs the audit log from here on.", or: ["id": key.id])
    }
}
