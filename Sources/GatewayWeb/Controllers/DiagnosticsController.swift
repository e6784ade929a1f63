import Gateway
import GatewayCore
import HTTPTypes
import Hummingbird
import Preflight
import Storage

/// The diagnostics of one connection: its last report, running it again, copies of it, and links to it.
struct DiagnosticsController: Sendable {
    /// Stretches of the history that a page shows.
    static let shownHistory = 20

    let desk: PageDesk

    /// `GET /connections/{id}/diagnostics`
    func show(_ request: Request, _ context: GatewayContext) async throws -> Response {
        try await desk.page(request) { visitor in
            try await page(of: try await desk.connection(context, for: visitor), for: visitor)
        }
    }

    /// `POST /connections/{id}/diagnostics`
    func run(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let (visitor, connection, fields) = try await desk.posted(request, context)
        guard visitor.mayDiagnose(connection) else { throw WebRefusal.forbidden }
        let code = try fields.check("only")
        try desk.limits.spend(.preflight, by: visitor.session.publicID)
        let page = OwnPath.connection(connection.id.text, "/diagnostics")
        let run = DiagnosticsRun(
            diagnostics: desk.web.diagnostics, connection: connection, only: code, actor: visitor.session.actor)
        if request.wantsFindingsAsTheyCome { return run.streamed(page: page, logger: desk.web.logger) }
        _ = try await run.report()
        return .seeOther(fields["shown_on"] == "connection" ? OwnPath.connection(connection.id.text) : page)
    }

    /// `GET /connections/{id}/diagnostics.txt`
    func text(_ request: Request, _ context: GatewayContext) async throws -> Response {
        try await copy(request, context) { report in
            var response = Response.plainText(report.plainText)
            response.headers[.contentDisposition] = Self.fileName(of: report, "txt")
            return response
        }
    }

    /// `GET /connections/{id}/diagnostics.json`
    func json(_ request: Request, _ context: GatewayContext) async throws -> Response {
        try await copy(request, context) { report in
            .json(
                octets: try report.json(), headerFields: [.contentDisposition: Self.fileName(of: report, "json")])
        }
    }

    /// `POST /connections/{id}/diagnostics/links`
    func makeLink(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let (visitor, connection, _) = try await desk.posted(request, context)
        guard visitor.mayHandOver(connection) else { throw WebRefusal.forbidden }
        try desk.limits.spend(.link, by: visitor.session.publicID)
        do {
            let (_, token) = try await desk.web.diagnosticsLinks.create(
                for: connection, actor: visitor.session.actor)
            let link = desk.web.settings.publicOrigin + OwnPath.handedOver + "/" + token.secret.exposeText()
            return try await page(of: connection, for: visitor, newLink: link)
        } catch let refusal as DiagnosticsLinkRefusal {
            throw WebRefusal(.conflict, refusal.explanation)
        }
    }

    /// `POST /connections/{id}/diagnostics/links/revoke`
    func revokeLink(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let (visitor, connection, fields) = try await desk.posted(request, context)
        guard visitor.mayHandOver(connection) else { throw WebRefusal.forbidden }
        guard let id = fields["link"].flatMap(DiagnosticsLinkID.init) else { throw WebRefusal.notFound }
        _ = try await desk.web.diagnosticsLinks.revoke(id, of: connection, actor: visitor.session.actor)
        return .seeOther(OwnPath.connection(connection.id.text, "/diagnostics#hand-over"))
    }

    private func copy(
        _ request: Request, _ context: GatewayContext, _ answer: (PreflightReport) throws -> Response
    ) async throws -> Response {
        let visitor = try await desk.visitors.require(request)
        let connection = try await desk.connection(context, for: visitor)
        guard let report = try await desk.web.diagnostics.latest(of: connection.id) else { throw WebRefusal.notFound }
        return try answer(report)
    }

    private static func fileName(of report: PreflightReport, _ ending: String) -> String {
        "attachment; filename=\"latchkey-\(report.organization.subdomain)-\(report.id).\(ending)\""
    }

    private func page(
        of connection: Connection, for visitor: Visitor, newLink: String? = nil
    ) async throws -> Response {
        let view = try await DiagnosticsView(of: connection, desk: desk, forEngineer: visitor.isSupport)
        let page = DiagnosticsPage(
            frame: desk.frame(for: visitor), subject: view.subject, summary: view.summary, findings: view.findings,
            formToken: desk.formToken(for: visitor, purpose: Purpose.connection(connection.id)),
            canRun: visitor.mayDiagnose(connection) && connection.status.holdsTokens,
            ownerTenant: visitor.otherTenant(of: connection),
            record: try await view.record(desk.web.store),
            handOver: visitor.mayHandOver(connection)
                ? try await view.handOver(desk.web.diagnosticsLinks, newLink: newLink) : nil)
        return .html(
            desk.web.renderer.render(page),
            headerFields: [.contentSecurityPolicy: ContentSecurityPolicy.scripted])
    }
}

extension PercentEncodedPairs {
    /// The check that a form names; nil when it names none.
    func check(_ name: String) throws -> CheckCode? {
        guard let text = self[name] else { return nil }
        guard let code = CheckCode(rawValue: text) else { throw WebRefusal.malformed("There is no such check.") }
        return code
    }
}

extension Request {
    var wantsFindingsAsTheyCome: Bool { headers[.accept] == "application/x-ndjson" }
}
