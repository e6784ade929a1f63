import Gateway
import GatewayCore
import HTTPTypes
import Hummingbird
import Storage

/// What every page's controller needs: who visits, how a page is rendered, and whether a form may be taken.
struct PageDesk: Sendable {
    let web: WebDependencies
    let visitors: Visitors
    let limits: RateLimits

    var cookies: CookieRules { visitors.cookies }

    /// A page for somebody who is signed in. A navigation from elsewhere gets one step of our own first, which the strict
    /// session cookie then goes with.
    func page(
        _ request: Request, _ answer: (Visitor) async throws -> Response
    ) async throws -> Response {
        if let visitor = try await visitors.visitor(of: request) { return try await answer(visitor) }
        guard Visitors.arrivesFromElsewhere(request) else { throw WebRefusal.signInNeeded }
        return .html(web.renderer.render(ContinuePage(path: request.uri.string)))
    }

    /// A form of ours, sent by a page of ours, once (OA-09, WEB-17, WEB-18).
    func form(
        _ request: Request, purpose: String
    ) async throws -> (visitor: Visitor, fields: PercentEncodedPairs) {
        try SameOrigin.check(request.headers, publicOrigin: web.settings.publicOrigin)
        let visitor = try await visitors.require(request)
        let fields = try await request.form()
        guard let token = fields["form_token"],
            try await web.formTokens.use(token, for: visitor.token, purpose: purpose)
        else { throw WebRefusal.formExpired }
        return (visitor, fields)
    }

    /// A form about the connection that the path names, sent by somebody who may see it.
    func posted(
        _ request: Request, _ context: GatewayContext
    ) async throws -> (Visitor, Connection, PercentEncodedPairs) {
        guard let id = context.parameters.get("id").flatMap(ConnectionID.init) else { throw WebRefusal.notFound }
        let (visitor, fields) = try await form(request, purpose: Purpose.connection(id))
        return (visitor, try await connection(id, for: visitor), fields)
    }

    func formToken(for visitor: Visitor, purpose: String) -> String {
        web.formTokens.issue(for: visitor.token, purpose: purpose)
    }

    func frame(for visitor: Visitor, messages: [PageMessage] = []) -> PageFrame {
        PageFrame(
            tenant: visitor.session.tenant.text, signOutFormToken: formToken(for: visitor, purpose: Purpose.signOut),
            areas: visitor.areas, messages: messages)
    }

    /// What the visitor may see. Everything else is not there, whoever's it is (WEB-40).
    func connection(_ context: GatewayContext, for visitor: Visitor) async throws -> Connection {
        guard let text = context.parameters.get("id"), let id = ConnectionID(text) else { throw WebRefusal.notFound }
        return try await connection(id, for: visitor)
    }

    func connection(_ id: ConnectionID, for visitor: Visitor) async throws -> Connection {
        guard let connection = try await web.store.connection(id), visitor.maySee(connection) else {
            throw WebRefusal.notFound
        }
        return connection
    }

    func organization(of connection: Connection) throws -> OrganizationURL {
        try OrganizationURL(subdomain: connection.subdomain, policy: web.settings.hostPolicy)
    }
}

/// What a form token is good for.
enum Purpose {
    static let signOut = "sign-out"
    static let connect = "connect"
    static let coldDiagnostics = "diagnostics"
    static let handedOver = "diagnose"
    static let security = "security"

    static func connection(_ id: ConnectionID) -> String { "connection:\(id)" }
}
