import Gateway
import GatewayCore
import HTTPTypes
import Hummingbird
import Logging
import Storage

/// Writes down who was refused what, before the refusal is answered (AUD-01).
///
/// By the route's pattern, never its path, which carries one-time links. A browser that has no session and shows nothing
/// was refused nothing, what exceeds the rate limits is not written down, strangers have a few entries for each address, and
/// whoever is known and does not give up has one entry a minute for the same refusal: nobody can fill the log from outside.
struct DenialRecord: RouterMiddleware {
    let web: WebDependencies
    let visitors: Visitors
    let limits: RateLimits
    let refusals: RefusalLog

    init(web: WebDependencies, limits: RateLimits) {
        self.web = web
        self.limits = limits
        visitors = Visitors(access: web.consoleAccess, cookies: CookieRules(isHTTPS: web.settings.isHTTPS))
        refusals = RefusalLog(store: web.store)
    }

    func handle(
        _ request: Request, context: GatewayContext,
        next: @concurrent (Request, GatewayContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let refusal as WebRefusal {
            do {
                if try await isDenial(refusal, context) { try await record(refusal, request, context) }
            } catch {
                web.logger.error("a denial could not be written down", metadata: ["request_id": "\(context.reference)"])
            }
            throw refusal
        }
    }

    private func isDenial(_ refusal: WebRefusal, _ context: GatewayContext) async throws -> Bool {
        let code = refusal.explanation.code
        switch refusal.status {
        case .unauthorized, .forbidden: return !Self.exceptions.contains(code)
        case .gone: return true
        case .notFound where code == APIDesk.noConnection.explanation.code:
            // Somebody else's, and only said not to be there.
            guard let id = Self.connection(context) else { return false }
            return try await web.store.connection(id) != nil
        default: return false
        }
    }

    private func record(_ refusal: WebRefusal, _ request: Request, _ context: GatewayContext) async throws {
        let (actor, tenant) = try await caller(request)
        let event = AuditEvent(
            at: web.clock.now, actor: actor, action: .accessDenied,
            outcome: .refused(code: refusal.explanation.code), tenant: tenant, connection: Self.connection(context),
            subject: "\(request.method.rawValue.prefix(16)) \(context.endpointPath ?? "none")")
        guard actor.id == nil else { return try await refusals.record(event) }
        if isToldOfStrangers(refusal, context) { try await web.store.append([event]) }
    }

    /// Strangers have nothing in common but the address they come from.
    private func isToldOfStrangers(_ refusal: WebRefusal, _ context: GatewayContext) -> Bool {
        let showsNothing = context.parameters.get("token") == nil
        if showsNothing, Self.nothingRefused.contains(refusal.explanation.code) { return false }
        return (try? limits.spend(.recordedDenial, by: context.remoteAddress)) != nil
    }

    private func caller(_ request: Request) async throws -> (AuditActor, TenantID?) {
        guard !request.isForAPI else {
            guard let presented = APIDesk.presented(by: request),
                let key = try await web.apiKeys.authenticate(presented)
            else { return (AuditActor(kind: .apiKey, id: nil), nil) }
            return (APICaller(key: key).actor, key.tenant)
        }
        guard let visitor = try await visitors.visitor(of: request) else { return (.anonymousBrowser, nil) }
        return (visitor.session.actor, visitor.session.tenant)
    }

    private static func connection(_ context: GatewayContext) -> ConnectionID? {
        context.parameters.get("id").flatMap(ConnectionID.init)
    }

    /// What a browser meets that has neither session nor link.
    private static let nothingRefused: Set<String> = [
        WebRefusal.crossSite.explanation.code, WebRefusal.diagnosticsLinkEnded.explanation.code,
    ]

    /// No denial, and those that are written down where they are decided.
    private static let exceptions: Set<String> = [
        WebRefusal.signInNeeded.explanation.code, ProxyRefusal.grantsAreOurs.explanation.code,
        ProxyRefusal.levelInsufficient.explanation.code,
    ]
}
