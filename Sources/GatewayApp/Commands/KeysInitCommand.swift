import ArgumentParser
import FoundationEssentials
import GatewayCore
import StorageSQLite
import TokenVault

struct KeysInitCommand: GatewayCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Make the root key file of a new installation. Never overwrites one.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var change: ChangeOptions

    func run() async throws {
        try ProcessHygiene.apply()
        let (path, database) = try common.source.read { source in
            let rootKey = RootKeySettings(reading: source)
            return DatabaseSettings(reading: &source).map { (rootKey.path, $0.path) }
        }
        guard !FileManager.default.fileExists(atPath: path) else { throw Self.alreadyThere(path) }
        let store = try await existingStore(database)
        defer { try? store?.close() }
        try await refuseStranger(store)
        do {
            try NewRootKey.make(at: path)
        } catch RootKeyFileRefusal.alreadyExists {
            throw Self.alreadyThere(path)
        }
        try await store?.append([AuditEvent(at: Date(), actor: .commandLine, action: .rootKeyCreated)])
        output.say(
            """
            Made the root key: \(path)
            Keep a copy where the database's backups are not. Without it no sealed token opens.
            """, or: ["root_key_file": path, "state": "created"])
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
