import HTTPTypes
import Hummingbird

/// Behind a proxy that ends TLS, what arrived there without TLS goes back: pages are sent to the https address, API calls are
/// refused, because the key has already crossed the network in the clear (WEB-08). The header cannot gain anything for who
/// forges it.
struct HTTPSOnly: RouterMiddleware {
    let settings: WebSettings

    func handle(
        _ request: Request, context: GatewayContext,
        next: @concurrent (Request, GatewayContext) async throws -> Response
    ) async throws -> Response {
        guard settings.isHTTPS, request.headers[.forwardedProto]?.lowercased() == "http" else {
            return try await next(request, context)
        }
        guard !request.isForAPI, [.get, .head].contains(request.method) else {
            throw WebRefusal(
                .forbidden, "request.plain_http", "This address is served over https only.",
                remedy: "Use https; replace the API key if one was sent.")
        }
        let path = request.uri.string.hasPrefix("/") && !request.uri.string.hasPrefix("//") ? request.uri.string : "/"
        return Response(status: .permanentRedirect, headers: [.location: settings.publicOrigin + path])
    }
}
