import ArgumentParser
import StorageSQLite

struct MigrateCommand: GatewayCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Make the database if there is none, and bring its schema up to date.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var change: ChangeOptions

    func run() async throws {
        let database = try common.source.read { DatabaseSettings(reading: &$0) }
        let store = try await SQLiteStore.open(path: database.path, createIfMissing: true)
        try store.close()
        output.say("The database is up to date: \(database.path)", or: ["database": database.path, "state": "current"])
    }
}
