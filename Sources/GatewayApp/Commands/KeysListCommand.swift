import ArgumentParser
import FoundationEssentials
import Gateway
import GatewayCore
import GatewayWeb
import Storage
import StorageSQLite

struct KeysListCommand: GatewayCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the data keys, oldest first, and how many records stand under each.",
        discussion: "A key that records name and that is not there is listed as missing.")

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let keys = try await withStore { store in
            KeyStanding.keys(
                try await store.dataKeys(), try await store.recordCounts(), oldest: try await store.oldestOpeningKey())
        }
        guard !output.json else { return output.object(["keys": keys.map(DataKeyJSON.init)]) }
        output.table(
            ["ID", "STATE", "RECORDS", "CREATED", "ACTIVATED", "RETIRED", "DESTROYED"],
            keys.map { key in
                [
                    key.id, key.isShutOut ? "\(key.state), shut out" : key.state, String(key.records),
                    Self.day(key.createdAt), Self.day(key.activatedAt), Self.day(key.retiredAt),
                    Self.day(key.destroyAt),
                ]
            })
    }

    private static func day(_ date: Date?) -> String { date?.formatted(.iso8601) ?? "-" }
}
