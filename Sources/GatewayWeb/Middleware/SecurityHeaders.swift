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

enum ContentSecurityPolicy {
    static let usual = policy(formAction: "'self'")

    /// For the page with the connect form only: Chromium applies `form-action` to the redirect that answers the form, and that
    /// redirect leads to Zendesk (WEB-03).
    static func connectForm(_ policy: HostPolicy) -> String {
        self.policy(formAction: "'self' \(policy.scheme)://*.\(policy.authority)")
    }

    /// For pages with a script of ours, which asks for findings and figures as they come.
    static let scripted = policy(formAction: "'self'", more: "script-src 'self'; connect-src 'self'; ")

    private static func policy(formAction: String, more: String = "") -> String {
        "default-src 'none'; \(more)style-src 'self'; img-src 'self'; form-action \(formAction); "
            + "frame-ancestors 'none'; base-uri 'none'"
    }
}

extension HTTPField.Name {
    static let referrerPolicy = unchecked("Referrer-Policy")
    static let xFrameOptions = unchecked("X-Frame-Options")
    static let crossOriginOpenerPolicy = unchecked("Cross-Origin-Opener-Policy")
    static let crossOriginEmbedderPolicy = unchecked("Cross-Origin-Embedder-Policy")
    static let permissionsPolicy = unchecked("Permissions-Policy")
    static let clearSiteData = unchecked("Clear-Site-Data")
    static let refresh = unchecked("Refresh")
    static let secFetchSite = unchecked("Sec-Fetch-Site")
    static let secFetchDest = unchecked("Sec-Fetch-Dest")
    static let latchkeyError = unchecked("Latchkey-Error")
    static let forwardedProto = unchecked("X-Forwarded-Proto")

    private static func unchecked(_ name: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(name) else { preconditionFailure("not a field name: \(name)") }
        return name
    }
}
