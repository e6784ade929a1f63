import Gateway
import GatewayCore
import HTTPTypes
import Hummingbird
import Preflight
import Storage

/// Checks of an organization before anybody has signed in to it.
struct ColdDiagnosticsController: Sendable {
    let desk: PageDesk

    /// `GET /diagnostics`
    func form(_ request: Request, _ context: GatewayContext) async throws -> Response {
        try await desk.page(request) { visitor in
            guard visitor.mayCheckCold else { throw WebRefusal.forbidden }
            return page(for: visitor)
        }
    }

    /// `POST /diagnostics`
    func check(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let (visitor, fields) = try await desk.form(request, purpose: Purpose.coldDiagnostics)
        guard visitor.mayCheckCold else { throw WebRefusal.forbidden }
        let typed = fields["organization_url"] ?? ""
        let organization: OrganizationURL
        do {
            organization = try OrganizationURL(parsing: typed, policy: desk.web.settings.hostPolicy)
        } catch {
            return page(
                for: visitor, status: .unprocessableContent, typed: String(typed.prefix(300)), error: error.explanation)
        }
        do {
            let report = try await desk.web.coldPreflight.run(
                organizationURL: organization, caller: visitor.session.publicID)
            return page(for: visitor, typed: organization.text, report: report)
        } catch {
            return page(
                for: visitor, status: .tooManyRequests, typed: organization.text, error: error.explanation,
                headerFields: WebRefusal(error).headerFields)
        }
    }

    private func page(
        for visitor: Visitor, status: HTTPResponse.Status = .ok, typed: String = "", error: Explanation? = nil,
        report: PreflightReport? = nil, headerFields: HTTPFields = [:]
    ) -> Response {
        let now = desk.web.clock.now
        let result = report.map { report in
            ColdResult(
                organization: report.organization.subdomain, verdict: CheckOutcome(rawValue: report.verdict) ?? .fail,
                findings: report.checks.map { FindingRow($0, now: now, forEngineer: visitor.isSupport) },
                mayConnect: visitor.mayConnect)
        }
        return .html(
            desk.web.renderer.render(
                ColdDiagnosticsPage(
                    frame: desk.frame(for: visitor),
                    formToken: desk.formToken(for: visitor, purpose: Purpose.coldDiagnostics),
                    domain: desk.web.settings.hostPolicy.authority, typed: typed, error: error, result: result)),
            status: status, headerFields: headerFields)
    }
}
