import ArgumentParser
import FoundationEssentials
import GatewayCore
import StorageSQLite
import TokenVault

struct KeysInitCommand: GatewayCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Make the root key of a new installation. Never overwrites one.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var change: ChangeOptions

    func run() async throws {
        try ProcessHygiene.apply()
        let (source, database) = try common.source.read { source in
            let rootKey = RootKeySettings(reading: &source)
            let database = DatabaseSettings(reading: &source)
            return rootKey.flatMap { rootKey in database.map { (rootKey.source, $0.path) } }
        }
        if let path = source.path, FileManager.default.fileExists(atPath: path) { throw Self.alreadyThere(path) }
        let store = try await existingStore(database)
        defer { try? store?.close() }
        try await refuseStranger(store)
        let made: RootKey
        do {
            made = try NewRootKey.make(in: source)
        } catch RootKeyFileRefusal.alreadyExists {
            throw Self.alreadyThere(source.name)
        }
        try await store?.append([AuditEvent(at: Date(), actor: .commandLine, action: .rootKeyCreated)])
        output.say(
            """
            Made the root key: \(source.path ?? source.name)
            \(Self.advice(source))
            """,
            or: [
                "root_key": source.name, "root_key_file": source.path ?? "", "fingerprint": made.fingerprint,
                "state": "created",
            ])
    }

    private static func advice(_ source: RootKeySource) -> String {
        source.path == nil
            ? "It cannot leave the token. Without that token, or its vendor's backup, no sealed token opens."
            : "Keep a copy where the database's backups are not. Without it no sealed token opens."
    }

    private static func alreadyThere(_ path: String) -> CommandFailure {
        CommandFailure(
            .refused, code: RootKeyFileRefusal.alreadyExists.explanation.code,
            "There is a root key at \(path) already; it was left as it is.",
            remedy: "Use it, or set LATCHKEY_ROOT_KEY_FILE to another path.")
    }

    private func existingStore(_ path: String) async throws -> SQLiteStore? {
        do {
            return try await SQLiteStore.open(path: path, createIfMissing: false)
        } catch SQLiteStoreError.missing {
            return nil
        } catch SQLiteStoreError.directoryMissing {
            return nil
        }
    }

    /// A fresh root key opens nothing of a database that has data keys already, and would hide that the right one is lost.
    private func refuseStranger(_ store: SQLiteStore?) async throws {
        guard let store, try await !store.dataKeys().isEmpty else { return }
        throw CommandFailure(
            .refused, code: "root_key_file.database_in_use",
            "The database has data keys that another root key wraps; a new root key would open none of them.",
            remedy: "Restore the root key file from its backup, or set LATCHKEY_DATABASE_URL to a new database.")
    }
}
