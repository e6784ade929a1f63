import ArgumentParser
import FoundationEssentials
import GatewayCore
import Storage
import StorageSQLite

struct APIKeysListCommand: GatewayCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List API keys, newest first, revoked ones included.")

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let keys = try await withStore { try await $0.apiKeys() }.map(ListedKey.init)
        guard !output.json else { return output.object(["api_keys": keys]) }
        output.table(
            ["ID", "NAME", "TENANT", "SCOPES", "CREATED", "REVOKED"],
            keys.map { key in
                [
                    key.id, LogText.escaped(key.name), key.tenant ?? "every", key.scopes.joined(separator: ","),
                    key.created_at, key.revoked_at ?? "-",
                ]
            })
    }
}

private struct ListedKey: Encodable {
    let id: String
    let name: String
    let tenant: String?
    let scopes: [String]
    let created_at: String
    let revoked_at: String?

    init(_ key: APIKey) {
        id = key.id.text
        name = key.name
        tenant = key.tenant?.text
        scopes = key.scopes.map(\.rawValue).sorted()
        created_at = key.createdAt.formatted(.iso8601)
        revoked_at = key.revokedAt?.formatted(.iso8601)
    }
}
