import HTTPTypes
import Hummingbird
import Logging

/// One line for each request: what was asked by its pattern, never its path or query, because both carry one-time links,
/// codes and states (OA-48, WEB-30).
struct AccessLog: RouterMiddleware {
    let logger: Logger

    func handle(
        _ request: Request, context: GatewayContext,
        next: @concurrent (Request, GatewayContext) async throws -> Response
    ) async throws -> Response {
        let clock = ContinuousClock()
        let start = clock.now
        let response = try await next(request, context)
        let elapsed = (clock.now - start).components
        logger.info(
            "request",
            metadata: [
                "request_id": "\(context.reference)",
                "method": "\(Self.known.contains(request.method) ? request.method.rawValue : "other")",
                "route": "\(context.endpointPath ?? "none")",
                "status": "\(response.status.code)",
                "ms": "\(elapsed.seconds * 1000 + elapsed.attoseconds / 1_000_000_000_000_000)",
            ])
        return response
    }

    private static let known: Set<HTTPRequest.Method> = [.get, .head, .post, .put, .patch, .delete, .options, .trace]
}
