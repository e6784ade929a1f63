import GatewayCore
import FoundationEssentials
import GRDB
package import Storage

extension SQLiteStore {
    package func connections(matching query: ConnectionQuery) async throws -> ConnectionPage {
        var conditions: [String] = []
        var arguments: StatementArguments = []
        if let tenant = query.tenant {
            conditions.append("tenant = ?")
            arguments += [tenant.text]
        }
        if let status = query.status {
            conditions.append("status = ?")
            arguments += [status.rawValue]
        }
        if let search = query.search?.lowercased() {
            conditions.append("(instr(subdomain, ?) > 0 OR instr(lower(tenant), ?) > 0)")
            arguments += [search, search]
        }
        if let text = query.cursor {
            guard let cursor = ConnectionCursor(text) else { throw StorageError.unknownCursor }
            conditions.append("(created_at, id) < (?, ?)")
            arguments += [cursor.createdAt, cursor.id.text]
        }
        let filter = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        // One more than asked for tells whether there is another page.
        let size = min(max(query.pageSize, 1), ConnectionQuery.maximumPageSize)
        let bound = arguments + [size + 1]
        return try await read { database in
            let found = try database.records(
                "SELECT * FROM connections \(filter) ORDER BY created_at DESC, id DESC LIMIT ?", bound
            ).map { try $0.connection() }
            let page = Array(found.prefix(size))
            let next = found.count > size ? page.last.map(ConnectionCursor.init(after:)) : nil
            return ConnectionPage(connections: page, nextCursor: next?.text)
        }
    }
}

/// Where a page ended. Names a row instead of counting rows, so that what is added or removed meanwhile neither repeats nor
/// hides another.
private struct ConnectionCursor {
    let createdAt: Int64
    let id: ConnectionID

    init(after connection: Connection) {
        createdAt = connection.createdAt.milliseconds
        id = connection.id
    }

    init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let createdAt = Int64(parts[0]), let id = ConnectionID(String(parts[1])) else {
            return nil
        }
        self.createdAt = createdAt
        self.id = id
    }

    var text: String { "\(createdAt).\(id.text)" }
}
