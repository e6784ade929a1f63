import ArgumentParser
import GatewayCore
import Storage
import StorageSQLite

struct ConnectionsListCommand: GatewayCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List connections, newest first.")

    @OptionGroup var common: CommonOptions

    @Option(help: "Only this tenant's.")
    var tenant: TenantID?

    @Option(help: "Only those with this status.")
    var status: ConnectionStatus?

    func run() async throws {
        let domain = try common.source.read { ZendeskDomainSettings(reading: &$0) }
        let connections = try await withStore { try await all($0) }.map {
            ConnectionBody($0, policy: domain.policy)
        }
        guard !output.json else { return output.object(["connections": connections]) }
        output.table(
            ["ID", "ORGANIZATION", "TENANT", "LEVEL", "STATUS", "PREFLIGHT"],
            connections.map { body in
                [
                    body.id, body.organization.url ?? body.organization.subdomain, body.tenant, body.permission_level,
                    body.status, body.preflight?.verdict ?? "-",
                ]
            })
    }

    private func all(_ store: SQLiteStore) async throws -> [Connection] {
        var query = ConnectionQuery(tenant: tenant, status: status, pageSize: ConnectionQuery.maximumPageSize)
        var found: [Connection] = []
        repeat {
            let page = try await store.connections(matching: query)
            found += page.connections
            query.cursor = page.nextCursor
        } while query.cursor != nil
        return found
    }
}
