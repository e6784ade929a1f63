import Gateway
import GatewayCore
import Hummingbird
import Storage

/// `POST /v1/connections/{id}/refresh`: new tokens now, whether or not the old ones would have lasted.
struct RefreshAPI: Sendable {
    let desk: APIDesk

    func refresh(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let caller = try await desk.caller(request, context, scope: .connectionsWrite)
        let connection = try await desk.connection(context, for: caller)
        // Each key for each connection: a program in a loop must not take what another one needs in an emergency.
        try desk.limits.spend(.refresh, by: "\(caller.key.id.text) \(connection.id.text)")
        let refreshed = try await desk.web.broker.refresh(connection.id, actor: caller.actor)
        return try await desk.answer(refreshed)
    }
}
