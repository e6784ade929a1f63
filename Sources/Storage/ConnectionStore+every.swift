package import GatewayCore

extension ConnectionStore {
    /// What is picked from every connection that matches, newest first, read page by page from `query.cursor` on. What is
    /// made or ended meanwhile may be among them or not.
    package func everyConnection<Value>(
        matching query: ConnectionQuery = ConnectionQuery(), picking pick: (Connection) -> Value?
    ) async throws -> [Value] {
        var (query, found) = (query, [Value]())
        query.pageSize = ConnectionQuery.maximumPageSize
        repeat {
            let page = try await connections(matching: query)
            found += page.connections.compactMap(pick)
            query.cursor = page.nextCursor
        } while query.cursor != nil
        return found
    }

    package func everyConnection(
        matching query: ConnectionQuery = ConnectionQuery()
    ) async throws -> [Connection] {
        try await everyConnection(matching: query) { $0 }
    }
}
