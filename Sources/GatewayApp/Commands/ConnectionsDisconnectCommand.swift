import ArgumentParser
import FoundationEssentials
import Gateway
import GatewayCore

struct ConnectionsDisconnectCommand: GatewayCommand {
    static let configuration = CommandConfiguration(
        commandName: "disconnect",
        abstract: "Revoke a connection's token at Zendesk, erase what is held here, and say what was done.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var change: ChangeOptions

    @Argument(help: "The connection's id.")
    var id: ConnectionID

    func run() async throws {
        try Confirmation(options: change).ask("The tokens of \(id) will be revoked and erased.")
        let receipt = try await withParts { parts, _ in
            try await parts.disconnect.run(parts.store.connectionOrRefusal(id), actor: .commandLine)
        }
        let body = ReceiptBody(receipt)
        output.say(body.text, or: ["receipt": body])
    }
}

private struct ReceiptBody: Encodable {
    let revoked: Bool
    let verified_dead: Bool
    let queued: Bool
    let at: String
    let audit_index: Int64?

    init(_ receipt: DisconnectReceipt) {
        revoked = receipt.revoked
        verified_dead = receipt.verifiedDead
        queued = receipt.isQueued
        at = receipt.at.formatted(.iso8601)
        audit_index = receipt.auditIndex
    }

    var text: String {
        let atZendesk =
            switch (verified_dead, queued) {
            case (true, _): "Zendesk refuses its token."
            case (false, true):
                "Zendesk has not confirmed yet that its token is dead; a running gateway tries again until it is."
            case (false, false):
                "There was no token to revoke with. To be sure, delete it in Admin Center, OAuth clients."
            }
        guard let audit_index else { return "The connection had been ended before. \(atZendesk)" }
        return "Disconnected; nothing here uses its tokens any more (audit entry \(audit_index)). \(atZendesk)"
    }
}
