import Gateway
import GatewayCore
import HTTPTypes
import Hummingbird
import Storage

/// The form, and the departure to Zendesk.
struct ConnectController: Sendable {
    let desk: PageDesk

    /// `GET /connect`
    func form(_ request: Request, _ context: GatewayContext) async throws -> Response {
        try await desk.page(request) { visitor in
            let query = try request.query()
            let offer = try await offer(to: visitor, connection: query["connection"], change: query["change"])
            return page(for: visitor, offer, chosen: offer.suggestion)
        }
    }

    /// `POST /connect`
    func begin(_ request: Request, _ context: GatewayContext) async throws -> Response {
        try desk.limits.spend(.connect, by: context.remoteAddress)
        let (visitor, fields) = try await desk.form(request, purpose: Purpose.connect)
        let offer = try await offer(to: visitor, connection: fields["connection"], change: fields["change"])
        let typed = fields["organization_url"] ?? ""
        do {
            let wish = try wish(of: visitor, offer, fields: fields, typed: typed)
            let departure = try await desk.web.connectFlow.begin(wish)
            return .seeOther(departure.location, setting: [desk.cookies.settingTransaction(departure)])
        } catch let refusal as FieldRefusal {
            return page(
                for: visitor, offer, status: .unprocessableContent, typed: String(typed.prefix(300)),
                chosen: fields["permission_level"].flatMap(PermissionLevel.init(name:)), refusal: refusal)
        }
    }

    /// What this visitor may ask for: which levels, and whether the organization is settled already.
    private struct Offer {
        let levels: [PermissionLevel]
        let organization: OrganizationURL?
        /// Keeps its id.
        let reauthorizing: Connection?
        /// The connection that the page was opened for, ended ones included.
        let named: Connection?
        /// Opened to change the level and nothing else.
        let changesLevel: Bool

        /// The level to begin with.
        var suggestion: PermissionLevel? {
            guard let now = reauthorizing?.permissionLevel else { return nil }
            return changesLevel ? levels.first { $0 != now } : now
        }
    }

    private struct FieldRefusal: Error {
        var organization: Explanation?
        var level: Explanation?
    }

    private func offer(
        to visitor: Visitor, connection text: String?, change: String?
    ) async throws -> Offer {
        guard visitor.mayConnect else { throw WebRefusal.forbidden }
        let connectSession = visitor.session.connectSession
        let named = try await named(text, for: visitor)
        let organization = try (named?.subdomain ?? connectSession?.subdomain).map {
            try OrganizationURL(subdomain: $0, policy: desk.web.settings.hostPolicy)
        }
        let live = named?.status == .disconnected ? nil : named
        return Offer(
            levels: connectSession?.permissionLevels ?? PermissionLevel.allCases, organization: organization,
            reauthorizing: live, named: named, changesLevel: change == "level" && live != nil)
    }

    private func named(_ text: String?, for visitor: Visitor) async throws -> Connection? {
        if let text {
            guard let id = ConnectionID(text) else { throw WebRefusal.notFound }
            let connection = try await desk.connection(id, for: visitor)
            guard visitor.mayAct(on: connection) else { throw WebRefusal.forbidden }
            return connection
        }
        guard let id = visitor.session.connectSession?.connection else { return nil }
        return try await desk.connection(id, for: visitor)
    }

    /// Parses once; no validation follows.
    private func wish(
        of visitor: Visitor, _ offer: Offer, fields: PercentEncodedPairs, typed: String
    ) throws -> ConnectFlow.Wish {
        var refusal = FieldRefusal()
        let organization = organization(offer, typed: typed, &refusal)
        let level = try level(offer, fields["permission_level"], &refusal)
        guard let organization, let level else { throw refusal }
        return ConnectFlow.Wish(
            session: visitor.session, organization: organization, permissionLevel: level,
            returnURL: visitor.session.connectSession?.returnURL, reauthorizing: offer.reauthorizing?.id)
    }

    /// What is settled stays, whatever the form says.
    private func organization(_ offer: Offer, typed: String, _ refusal: inout FieldRefusal) -> OrganizationURL? {
        if let settled = offer.organization { return settled }
        do {
            return try OrganizationURL(parsing: typed, policy: desk.web.settings.hostPolicy)
        } catch {
            refusal.organization = error.explanation
            return nil
        }
    }

    /// None is a slip of the person; an unknown one is no form of ours (OA-06).
    private func level(_ offer: Offer, _ text: String?, _ refusal: inout FieldRefusal) throws -> PermissionLevel? {
        guard let text else {
            refusal.level = Explanation(
                code: "permission_level.missing", message: "No permission level was chosen.", remedy: "Choose one.")
            return nil
        }
        guard let level = PermissionLevel(name: text), offer.levels.contains(level) else {
            throw WebRefusal(
                .badRequest, "permission_level.unknown", "That permission level is not offered here.",
                remedy: "Open the form again and choose one of those it shows.")
        }
        return level
    }

    private func page(
        for visitor: Visitor, _ offer: Offer, status: HTTPResponse.Status = .ok, typed: String = "",
        chosen: PermissionLevel? = nil, refusal: FieldRefusal = FieldRefusal()
    ) -> Response {
        let page = ConnectPage(
            frame: desk.frame(for: visitor), formToken: desk.formToken(for: visitor, purpose: Purpose.connect),
            domain: desk.web.settings.hostPolicy.authority, typed: typed, offered: offer.levels, chosen: chosen,
            fixedOrganization: offer.organization?.text, reauthorizing: offer.named?.id.text,
            changing: offer.changesLevel ? offer.reauthorizing?.permissionLevel : nil,
            organizationError: refusal.organization, levelError: refusal.level)
        return .html(
            desk.web.renderer.render(page), status: status,
            headerFields: [.contentSecurityPolicy: ContentSecurityPolicy.connectForm(desk.web.settings.hostPolicy)])
    }
}
