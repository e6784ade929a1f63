import ArgumentParser
import Foundation
import Gateway
import GatewayCore
import Storage
import StorageSQLite
import TokenVault

struct KeysExportRootCommand: GatewayCommand {
    static let configuration = CommandConfiguration(
        commandName: "export-root",
        abstract: "Write the root key to a file that a passphrase opens, for the safe. Never overwrites one.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var protection: PassphraseOptions

    @Argument(help: "The file to write.")
    var file: String

    func run() async throws {
        let fingerprint = try await withParts { parts, settings in
            // The entry first: a copy of the root key that the log does not know of is worse than one entry too many.
            let fingerprint = parts.keyring.rootKey.fingerprint
            guard settings.rootKey.source.path != nil else { throw RootKeyExportRefusal.staysOnToken }
            let passphrase = try protection.newPassphrase()
            try await parts.store.append([
                AuditEvent(at: Date(), actor: .commandLine, action: .rootKeyExported, subject: fingerprint)
            ])
            try RootKeyExport.write(settings.rootKey.source, passphrase: passphrase, to: file)
            return fingerprint
        }
        output.say(
            """
            Wrote the root key \(fingerprint): \(file)
            Keep it, and its passphrase, where the database's backups are not. With both and a backup every token opens.
            """, or: ["file": file, "fingerprint": fingerprint])
    }
}

struct KeysImportRootCommand: GatewayCommand {
    static let configuration = CommandConfiguration(
        commandName: "import-root",
        abstract:
            "Put an exported root key into its configured place, where none is. Refuses one that the database does not need."
    )

    @OptionGroup var common: CommonOptions
    @OptionGroup var protection: PassphraseOptions

    @Argument(help: "The file that export-root wrote.")
    var file: String

    func run() async throws {
        try ProcessHygiene.apply()
        let (source, database) = try common.source.read { source in
            let rootKey = RootKeySettings(reading: &source)
            let database = DatabaseSettings(reading: &source)
            return rootKey.flatMap { rootKey in database.map { (rootKey.source, $0.path) } }
        }
        let expected = try await needed(by: database)
        let passphrase = try protection.passphrase()
        if let path = source.path { try NewRootKey.prepareDirectory(of: path) }
        let rootKey = try RootKeyExport.restore(
            from: file, passphrase: passphrase, to: source, expecting: expected)
        output.say(
            "The root key \(rootKey.fingerprint) is back: \(source.name)",
            or: ["root_key": source.name, "fingerprint": rootKey.fingerprint])
    }

    /// Nil without a database: a restore comes later.
    private func needed(by path: String) async throws -> [UInt8]? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let store = try await SQLiteStore.open(path: path, createIfMissing: false)
        defer { try? store.close() }
        return try await store.rootKeyInUse()?.checkValue
    }
}

struct PassphraseOptions: ParsableArguments {
    @Option(help: "A file of mode 0600 whose first line is the passphrase. Without it the terminal asks.")
    var passphraseFile: String?

    func passphrase() throws -> Passphrase {
        if let passphraseFile { return try Passphrase(file: passphraseFile) }
        return try Passphrase(asking: "Passphrase: ")
    }

    /// Asked for twice: a slip of the hand would be noticed on the day the file is needed.
    func newPassphrase() throws -> Passphrase {
        let first = try passphrase()
        guard passphraseFile == nil else { return first }
        guard try Passphrase(asking: "The same again: ").equals(first) else {
            throw RootKeyExportRefusal.passphrasesDiffer
        }
        return first
    }
}
