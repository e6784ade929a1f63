import GatewayCore
import HTTPTypes
import Hummingbird

/// The outermost middleware: every answer carries these, errors included.
struct SecurityHeaders: RouterMiddleware {
    let settings: WebSettings

    func handle(
        _ request: Request, context: GatewayContext,
        next: @concurrent (Request, GatewayContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        for (name, value) in Self.always where response.headers[name] == nil { response.headers[name] = value }
        if response.headers[.contentSecurityPolicy] == nil {
            response.headers[.contentSecurityPolicy] = ContentSecurityPolicy.usual
        }
        // On plain http the header means nothing and must not be sent (RFC 6797, section 7.2).
        if settings.isHTTPS {
            response.headers[.strictTransportSecurity] = "max-age=63072000; includeSubDomains; preload"
        }
        // A body after the answer to HEAD would be read as the beginning of the next answer.
        return request.method == .head ? response.createHeadResponse() : response
    }

    private static let always: [(HTTPField.Name, String)] = [
        (.cacheControl, "no-store"),
        (.vary, "Cookie, Authorization, Sec-Fetch-Site"),
        (.xContentTypeOptions, "nosniff"),
        (.referrerPolicy, "no-referrer"),
        (.xFrameOptions, "DENY"),
        (.crossOriginOpenerPolicy, "same-origin"),
        (.crossOriginEmbedderPolicy, "require-corp"),
        (.crossOriginResourcePolicy, "same-origin"),
        (
            .permissionsPolicy,
            "accelerometer=(), autoplay=(), browsing-topics=(), camera=(), clipboard-read=(), "
                + "display-capture=(), encrypted-media=(), fullscreen=(), geolocation=(), gyroscope=(), hid=(), "
                + "idle-detection=(), magnetometer=(), microphone=(), midi=(), payment=(), "
                + "publickey-credentials-get=(), screen-wake-lock=(), serial=(), usb=(), xr-spatial-tracking=()"
        ),
    ]
}
