import Gateway
import GatewayCore
import HTTPTypes
import Hummingbird
import Storage

/// `/v1/connections`: what there is, and its end.
struct ConnectionsAPI: Sendable {
    let desk: APIDesk

    /// `GET /v1/connections`
    func list(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let caller = try await desk.caller(request, context, scope: .connectionsRead)
        let page = try await desk.web.store.connections(matching: try query(try request.query(), caller))
        return try .json(
            List(connections: try await desk.shown(page.connections), next_cursor: Nullable(page.nextCursor)))
    }

    /// `GET /v1/connections/{id}`
    func show(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let caller = try await desk.caller(request, context, scope: .connectionsRead)
        let connection = try await desk.connection(context, for: caller)
        return try await desk.answer(connection)
    }

    /// `DELETE /v1/connections/{id}`
    func disconnect(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let caller = try await desk.caller(request, context, scope: .connectionsWrite)
        let connection = try await desk.connection(context, for: caller)
        let receipt = try await desk.web.disconnect.run(connection, actor: caller.actor)
        return try .json(ReceiptAnswer(receipt: ReceiptJSON(receipt)))
    }

    private struct List: Encodable {
        let connections: [ConnectionJSON]
        let next_cursor: Nullable<String>
    }

    private struct ReceiptAnswer: Encodable {
        let receipt: ReceiptJSON
    }

    private func query(_ fields: PercentEncodedPairs, _ caller: APICaller) throws -> ConnectionQuery {
        try fields.refuseOthers(than: ["tenant", "status", "page_size", "cursor"])
        var query = ConnectionQuery(tenant: caller.key.tenant, cursor: fields["cursor"])
        if let text = fields["tenant"] {
            guard let tenant = TenantID(text), caller.maySee(tenant) else {
                throw WebRefusal(.notFound, "tenant.unknown", "There is no such tenant for this key.")
            }
            query.tenant = tenant
        }
        if let text = fields["status"] {
            guard let status = ConnectionStatus(rawValue: text) else { throw WebRefusal.badParameter("status") }
            query.status = status
        }
        query.pageSize = try fields.pageSize(upTo: ConnectionQuery.maximumPageSize) ?? query.pageSize
        return query
    }
}

extension WebRefusal {
    static func badParameter(_ name: String) -> WebRefusal {
        WebRefusal(
            .badRequest, "request.bad_parameter", "The query parameter \(name) has a value that is not possible.",
            remedy: "Correct it or leave it out.")
    }
}
