import Gateway
import GatewayCore
import HTTPTypes
import Hummingbird
import Logging
import Storage

/// Writes down who was refused what, before the refusal is answered (AUD-01).
///
/// By the route's pattern, never its path, which carries one-time links. A browser that has no session yet was refused
/// nothing, what exceeds the rate limits is not written down, and whoever is known and does not give up has one entry a
/// minute for the same refusal: nobody can fill the log from outside.
struct DenialRecord: RouterMiddleware {
    let web: WebDependencies
    let visitors: Visitors
    let refusals: RefusalLog

    init(web: WebDependencies) {
        self.web = web
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
        // Strangers have nothing in common but that nobody knows them.
        if actor.id == nil { try await web.store.append([event]) } else { try await refusals.record(event) }
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

    /// No denial, and those that are written down where they are decided.
    private static let exceptions: Set<String> = [
        WebRefusal.signInNeeded.explanation.code, ProxyRefusal.grantsAreOurs.explanation.code,
        ProxyRefusal.levelInsufficient.explanation.code,
    ]
}
