import ArgumentParser
import Gateway
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
        let connections = try await withStore { store in
            var bodies: [ConnectionBody] = []
            let query = ConnectionQuery(tenant: tenant, status: status)
            for connection in try await store.everyConnection(matching: query) {
                var body = ConnectionBody(connection, policy: domain.policy)
                body.add(try await store.overview(of: connection, at: SystemClock().now))
                bodies.append(body)
            }
            return bodies
        }
        guard !output.json else { return output.object(["connections": connections]) }
        output.table(
            [
                "ID", "ORGANIZATION", "TENANT", "LEVEL", "STATUS", "PREFLIGHT", "GENERATION", "ACCESS UNTIL",
                "LAST REFRESH", "LEASES",
            ],
            connections.map { body in
                [
                    body.id, body.organization.url ?? body.organization.subdomain, body.tenant, body.permission_level,
                    body.status, body.preflight?.verdict ?? "-", String(body.generation),
                    body.access_token_expires_at ?? "-", body.refreshClass ?? "-", String(body.leases?.open ?? 0),
                ]
            })
    }
}
