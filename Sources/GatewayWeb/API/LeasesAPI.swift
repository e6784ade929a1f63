import Gateway
import GatewayCore
import HTTPTypes
import Hummingbird
import ServiceLifecycle
import Storage

/// Giving tokens back, waiting for newer ones, and asking for one.
struct LeasesAPI: Sendable {
    static let longestWait: Int64 = 30

    let desk: APIDesk

    /// `DELETE /v1/leases/{id}`
    func release(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let caller = try await desk.caller(request, context, scope: .credentialsRead)
        guard let id = context.parameters.get("id").flatMap({ LeaseID($0) }),
            try await desk.web.leases.release(id, by: caller.key.id)
        else {
            throw WebRefusal(
                .notFound, "lease.unknown", "There is no such lease of this key.", remedy: "Check the id.")
        }
        return Response(status: .noContent)
    }

    /// `GET /v1/connections/{id}/generation?after=N&wait=S`: answers as soon as the generation is above N or the connection
    /// ended, and otherwise after S seconds.
    func generation(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let caller = try await desk.caller(request, context, scope: .credentialsRead)
        let known = try await desk.connection(context, for: caller)
        let fields = try request.query()
        try fields.refuseOthers(than: ["after", "wait"])
        let after = try fields.wholeNumber("after").map { UInt64($0) }
        let wait = try fields.wholeNumber("wait", in: 0...Self.longestWait)
        let current = try await desk.web.generations.connection(
            known.id, above: after ?? UInt64(Int64.max), waiting: .seconds(after == nil ? 0 : wait ?? 0),
            for: caller.key.id, isStopping: { Task.isShuttingDownGracefully })
        guard let current else { throw APIDesk.noConnection }
        return try .json(
            Generation(
                generation: current.generation, replaced: current.generation > after ?? UInt64(Int64.max),
                status: current.status.rawValue))
    }

    private struct Generation: Encodable {
        let generation: UInt64
        /// Whether it is above the one that was named.
        let replaced: Bool
        let status: String
    }
}
