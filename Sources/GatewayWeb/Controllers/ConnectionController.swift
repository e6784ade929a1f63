import FoundationEssentials
import Gateway
import GatewayCore
import HTTPTypes
import Hummingbird
import Preflight
import Storage

/// One connection: its page, its checks, its end.
struct ConnectionController: Sendable {
    let desk: PageDesk

    /// `GET /connections/{id}`
    func show(_ request: Request, _ context: GatewayContext) async throws -> Response {
        try await desk.page(request) { visitor in
            let connection = try await desk.connection(context, for: visitor)
            let keepsStill = try request.query()["refresh"] == "off"
            return try await page(of: connection, for: visitor, keepsStill: keepsStill)
        }
    }

    /// `POST /connections/{id}/refresh`
    func refresh(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let (visitor, connection, _) = try await desk.posted(request, context)
        guard visitor.mayAct(on: connection) else { throw WebRefusal.forbidden }
        try desk.limits.spend(.refresh, by: visitor.session.publicID)
        do {
            _ = try await desk.web.broker.refresh(connection.id, actor: visitor.session.actor)
        } catch let refusal as TokenRefusal {
            guard case .unavailable(let code, _) = refusal else { return back(to: connection) }
            let now = try await desk.connection(connection.id, for: visitor)
            let told = PageMessage(.attention, "Not renewed. \(RenewalOutcome(code: code).sentence)")
            return try await page(of: now, for: visitor, status: .conflict, messages: [told])
        }
        return back(to: connection)
    }

    /// Its page tells what came of it.
    private func back(to connection: Connection) -> Response { .seeOther(OwnPath.connection(connection.id.text)) }

    /// `POST /connections/{id}/disconnect`
    func disconnect(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let (visitor, connection, fields) = try await desk.posted(request, context)
        guard visitor.mayAct(on: connection) else { throw WebRefusal.forbidden }
        guard fields["confirm"] == "yes" else {
            let reminder = PageMessage(.attention, "Mark the box beside Disconnect first. Nothing was changed.")
            return try await page(
                of: connection, for: visitor, status: .unprocessableContent, messages: [reminder])
        }
        _ = try await desk.web.disconnect.run(connection, actor: visitor.session.actor)
        let opened = try await desk.web.consoleAccess.renew(sessionDigest: visitor.session.digest)
        var response = Response.seeOther(
            OwnPath.connection(connection.id.text),
            setting: opened.map { [desk.cookies.settingSession($0.token)] } ?? [])
        // Pages about the organization must not come back out of the browser's cache (WEB-28). The cookies stay: the session
        // has a new token and goes on.
        response.headers[.clearSiteData] = #""cache", "storage""#
        return response
    }

    private func page(
        of connection: Connection, for visitor: Visitor, keepsStill: Bool = false, status: HTTPResponse.Status = .ok,
        messages: [PageMessage] = []
    ) async throws -> Response {
        let now = desk.web.clock.now
        let report = try await desk.web.diagnostics.latest(of: connection.id)
        let overview = try await desk.web.store.overview(of: connection, at: now)
        let page = ConnectionPage(
            frame: desk.frame(for: visitor, messages: messages + self.messages(about: overview)),
            facts: ConnectionFacts(connection, organization: try desk.organization(of: connection), now: now),
            standing: ConnectionStanding(connection, now: now), reason: ConnectionReason.words(connection),
            findings: connection.status.holdsTokens
                ? report?.openFindings(now: now, forEngineer: visitor.isSupport) ?? [] : [],
            access: AccessNote(overview, now: now, namesHolders: visitor.isSupport),
            sync: SyncNote(
                state: connection.status == .disconnected ? SyncNote.ended : connection.sync.state.rawValue,
                lastCompleted: PageMoment(connection.sync.lastCompletedAt, now: now)),
            formToken: desk.formToken(for: visitor, purpose: Purpose.connection(connection.id)),
            mayAct: visitor.mayAct(on: connection), ownerTenant: visitor.otherTenant(of: connection),
            keepsStill: keepsStill)
        var fields = HTTPFields()
        // With an address, for this may be the answer to a form.
        if let seconds = page.refreshSeconds { fields[.refresh] = "\(seconds); url=\(page.pageHref)" }
        return .html(desk.web.renderer.render(page), status: status, headerFields: fields)
    }

    private func messages(about overview: ConnectionOverview) -> [PageMessage] {
        guard overview.connection.status.holdsTokens else { return messagesAfterEnd(overview) }
        var messages: [PageMessage] = []
        if !overview.waiting.isEmpty {
            messages.append(
                PageMessage(
                    .warning,
                    "Zendesk has not confirmed yet that the access from before is over. Nothing here uses it any more, "
                        + "and Latchkey keeps asking."))
        }
        if let end = endingSoon(overview) {
            messages.append(
                PageMessage(
                    .warning,
                    "This connection ends \(PageMoment(end, now: desk.web.clock.now).distance) and was not renewed so "
                        + "far. Reconnect it before then, and nothing stops."))
        }
        return messages
    }

    private func endingSoon(_ overview: ConnectionOverview) -> Date? {
        let connection = overview.connection
        guard connection.status != .needsReauthorization, let end = overview.horizon else { return nil }
        let horizon = ConnectionHorizon(
            connection: connection.id, tenant: connection.tenant, subdomain: connection.subdomain,
            generation: connection.generation, obtainedAt: overview.obtainedAt, end: end,
            isRenewable: overview.isRenewable, warnedAt: nil)
        return desk.web.expiry.isSoon(horizon) ? end : nil
    }

    /// What became of the access at Zendesk.
    private func messagesAfterEnd(_ overview: ConnectionOverview) -> [PageMessage] {
        // A product's own client is listed as an external one in its customers' accounts.
        let byHand =
            "To be sure, delete it in Admin Center: Apps and integrations, APIs, External OAuth clients, or OAuth clients "
            + "where the client was made in the account itself."
        return switch overview.connection.statusReason {
        case nil: [PageMessage(.good, "Zendesk refuses the token now. The tokens stored here are erased.")]
        case RevocationQueue.waiting?:
            [
                PageMessage(
                    .warning,
                    "Nothing here uses the tokens any more, but Zendesk did not confirm yet that the access token is dead. "
                        + "Latchkey keeps asking until it is, and erases it then. \(ownEnd(overview)) \(byHand)")
            ]
        case RevocationQueue.expired?:
            [
                PageMessage(
                    .warning,
                    "The tokens stored here are erased, and the access token has ended by itself. Zendesk did not confirm "
                        + "that the access behind it is over. \(byHand)")
            ]
        default:
            [
                PageMessage(
                    .warning,
                    "The tokens stored here are erased, but Zendesk did not confirm that the access token is dead. "
                        + "It ends by itself as soon as its time is over. \(byHand)")
            ]
        }
    }

    private func ownEnd(_ overview: ConnectionOverview) -> String {
        let ends = overview.waiting.map(\.expiresAt)
        guard !ends.contains(nil), let last = ends.compactMap({ $0 }).max() else {
            return "Otherwise it ends by itself as soon as its time is over."
        }
        return "Otherwise it ends by itself on \(PageMoment(last, now: desk.web.clock.now).text)."
    }
}

extension ConnectionStatus {
    var holdsTokens: Bool { self != .disconnected }
}

extension ConnectionFacts {
    init(_ connection: Connection, organization: OrganizationURL, now: Date) {
        self.init(
            id: connection.id.text, organization: connection.subdomain, organizationURL: organization.text,
            levelTitle: connection.permissionLevel.title, personName: connection.connectedBy.name,
            personEmail: connection.connectedBy.email, personRole: connection.connectedBy.role,
            connectedAt: PageMoment(connection.createdAt, now: now))
    }
}
