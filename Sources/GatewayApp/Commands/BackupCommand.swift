import ArgumentParser
import Foundation
import Gateway
import GatewayCore
import Storage
import StorageSQLite
import TokenVault

struct BackupCommand: GatewayCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Copy the database as it is now into one file, beside a running service. Never overwrites one.",
        discussion: "Sealed tokens in it open with the root key only, which is not in it: see keys export-root.")

    @OptionGroup var common: CommonOptions

    @Argument(help: "The file to write.")
    var file: String

    func run() async throws {
        let made = try await withParts { parts, _ in
            guard !FileManager.default.fileExists(atPath: file) else { throw SQLiteStoreError.occupied }
            // Inside of the backup as well, and signed there.
            try await parts.store.append([AuditEvent(at: Date(), actor: .commandLine, action: .backupMade)])
            let checkpoint = try await parts.auditLog.newestCheckpoint()
            try await parts.store.backUp(to: file)
            return BackupBody(file, rootKey: parts.keyring.rootKey.fingerprint, checkpoint: checkpoint?.size)
        }
        output.say(made.text, or: made)
    }
}

private struct BackupBody: Encodable {
    let file: String
    let bytes: Int
    let root_key: String
    let checkpoint_entries: Int64?

    init(_ file: String, rootKey: String, checkpoint: Int64?) {
        self.file = file
        bytes = (try? FileManager.default.attributesOfItem(atPath: file)[.size] as? Int) ?? 0
        root_key = rootKey
        checkpoint_entries = checkpoint
    }

    var text: String {
        "Wrote \(bytes / 1024) KiB: \(file)\nIts tokens open with the root key \(root_key); keep an export of that elsewhere."
    }
}
