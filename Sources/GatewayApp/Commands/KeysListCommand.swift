import ArgumentParser
import FoundationEssentials
import GatewayCore
import Storage
import StorageSQLite

struct KeysListCommand: GatewayCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the data keys, oldest first, and how many records stand under each.")

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let (keys, counts) = try await withStore { store in
            (try await store.dataKeys(), try await store.recordCounts())
        }
        let listed = keys.map { ListedDataKey($0, records: counts[$0.id] ?? 0) }
        guard !output.json else { return output.object(["keys": listed]) }
        output.table(
            ["ID", "STATE", "RECORDS", "CREATED", "ACTIVATED", "RETIRED", "DESTROYED"],
            listed.map { key in
                [
                    key.id, key.state, String(key.records), key.created_at, key.activated_at ?? "-",
                    key.retired_at ?? "-", key.destroy_at ?? "-",
                ]
            })
    }
}

private struct ListedDataKey: Encodable {
    let id: String
    let state: String
    let created_at: String
    let activated_at: String?
    let retired_at: String?
    let destroy_at: String?
    let seals: Int64
    let records: Int

    init(_ key: StoredDataKey, records: Int) {
        id = key.id
        state = key.state
        created_at = key.createdAt.formatted(.iso8601)
        activated_at = key.activatedAt?.formatted(.iso8601)
        retired_at = key.retiredAt?.formatted(.iso8601)
        destroy_at = key.destroyAt?.formatted(.iso8601)
        seals = key.sealsReserved
        self.records = records
    }
}
