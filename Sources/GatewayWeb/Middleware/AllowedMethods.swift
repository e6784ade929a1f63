import HTTPTypes
import Hummingbird

/// Tells a wrong method from a wrong address, which the router does not (OA-27).
struct AllowedMethods: RouterMiddleware {
    let table: RouteTable

    func handle(
        _ request: Request, context: GatewayContext,
        next: @concurrent (Request, GatewayContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound {
            let allowed = table.methods(for: request.uri.path)
            throw allowed.isEmpty ? WebRefusal.notFound : WebRefusal.methodNotAllowed(allowed)
        }
    }
}
