import FoundationEssentials
import Gateway
import GatewayCore
import HTTPTypes
import Hummingbird
import Preflight
import Storage

/// The diagnostics of one connection for whoever was handed a link: its findings, and running them again. Nothing else here
/// takes this cookie.
struct HandedOverController: Sendable {
    let desk: PageDesk

    /// `GET /diagnose/{token}`
    func open(_ request: Request, _ context: GatewayContext) async throws -> Response {
        try desk.limits.spend(.link, by: context.remoteAddress)
        guard let token = context.parameters.get("token").flatMap({ BearerToken(.diagnosticsLink, presented: $0) }),
            let link = try await desk.web.diagnosticsLinks.open(token)
        else { throw WebRefusal.diagnosticsLinkEnded }
        let seconds = Int(link.expiresAt.timeIntervalSince(desk.web.clock.now))
        return .seeOther(OwnPath.handedOver, setting: [desk.cookies.settingHandOver(token, seconds: seconds)])
    }

    /// `GET /diagnose`
    func show(_ request: Request, _ context: GatewayContext) async throws -> Response {
        guard let holder = try await holder(of: request) else {
            guard Visitors.arrivesFromElsewhere(request) else { throw WebRefusal.diagnosticsLinkEnded }
            return .html(desk.web.renderer.render(ContinuePage(path: OwnPath.handedOver)))
        }
        let view = try await DiagnosticsView(of: holder.connection, desk: desk, forEngineer: false)
        let page = DiagnosticsPage(
            handedOver: view.subject, until: PageMoment(holder.link.expiresAt, now: desk.web.clock.now),
            summary: view.summary, findings: view.findings,
            formToken: desk.web.formTokens.issue(for: holder.token, purpose: Purpose.handedOver),
            canRun: holder.connection.status.holdsTokens)
        return .html(
            desk.web.renderer.render(page),
            headerFields: [.contentSecurityPolicy: ContentSecurityPolicy.scripted])
    }

    /// `POST /diagnose`
    func run(_ request: Request, _ context: GatewayContext) async throws -> Response {
        try SameOrigin.check(request.headers, publicOrigin: desk.web.settings.publicOrigin)
        guard let holder = try await holder(of: request) else { throw WebRefusal.diagnosticsLinkEnded }
        let fields = try await request.form()
        guard let token = fields["form_token"],
            try await desk.web.formTokens.use(token, for: holder.token, purpose: Purpose.handedOver)
        else { throw WebRefusal.formExpired }
        let code = try fields.check("only")
        // The link may have been passed on: it counts, not who uses it.
        try desk.limits.spend(.preflight, by: holder.link.id.text)
        let run = DiagnosticsRun(
            diagnostics: desk.web.diagnostics, connection: holder.connection, only: code, actor: holder.link.actor)
        if request.wantsFindingsAsTheyCome {
            return run.streamed(page: OwnPath.handedOver, logger: desk.web.logger)
        }
        _ = try await run.report()
        return .seeOther(OwnPath.handedOver)
    }

    private struct Holder {
        let token: BearerToken
        let link: DiagnosticsLink
        let connection: Connection
    }

    /// Asked anew each time: a link that was taken back is over at once.
    private func holder(of request: Request) async throws -> Holder? {
        guard
            let token = CookieJar(request.headers)[desk.cookies.handOver].flatMap({
                BearerToken(.diagnosticsLink, presented: $0)
            }), let link = try await desk.web.diagnosticsLinks.find(token),
            let connection = try await desk.web.store.connection(link.connection)
        else { return nil }
        return Holder(token: token, link: link, connection: connection)
    }
}
