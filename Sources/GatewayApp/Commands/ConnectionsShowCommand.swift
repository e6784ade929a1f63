import ArgumentParser
import Gateway
import GatewayCore
import StorageSQLite

struct ConnectionsShowCommand: GatewayCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show one connection.")

    @OptionGroup var common: CommonOptions

    @Argument(help: "The connection's id.")
    var id: ConnectionID

    func run() async throws {
        let domain = try common.source.read { ZendeskDomainSettings(reading: &$0) }
        let body = try await withStore { store in
            let connection = try await store.connectionOrRefusal(id)
            var body = ConnectionBody(connection, policy: domain.policy)
            body.add(try await store.overview(of: connection, at: SystemClock().now))
            body.add(try await store.connectionHorizon(of: id), try await store.pendingRevocations(of: id))
            return body
        }
        output.say(body.text, or: body)
    }
}

extension SQLiteStore {
    func connectionOrRefusal(_ id: ConnectionID) async throws -> Connection {
        guard let found = try await connection(id) else {
            throw CommandFailure(
                .refused, code: "connection.not_found", "There is no such connection.",
                remedy: "See: latchkey connections list.")
        }
        return found
    }
}
