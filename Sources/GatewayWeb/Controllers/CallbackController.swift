import Gateway
import GatewayCore
import HTTPTypes
import Hummingbird
import Logging
import Preflight
import Storage

/// The way back from Zendesk.
struct CallbackController: Sendable {
    let desk: PageDesk
    let refused: RefusedCallbacks

    /// `GET /oauth/callback`. Whatever comes of it, the answer leads away from this address, so that neither code nor state
    /// stays in the address bar.
    func receive(_ request: Request, _ context: GatewayContext) async throws -> Response {
        try desk.limits.spend(.callback, by: context.remoteAddress)
        // A frame, an image or a script is nobody coming back.
        guard request.headers[.secFetchDest].map({ $0 == "document" }) ?? true else { throw WebRefusal.crossSite }
        let jar = CookieJar(request.headers)
        let cookies = desk.cookies
        let arrival = ConnectFlow.Arrival(
            query: request.uri.query ?? "",
            browser: { digest in
                jar[cookies.transaction(stateDigest: digest)].flatMap { BearerToken(.browser, presented: $0) }
            },
            session: try await desk.visitors.visitor(of: request)?.session)
        do {
            return try await arrived(try await desk.web.connectFlow.complete(arrival))
        } catch let refusal as ConnectRefusal {
            refused.keep(refusal, as: context.reference)
            return .seeOther("/oauth/refused/\(context.reference)")
        }
    }

    private func arrived(_ connected: ConnectFlow.Connected) async throws -> Response {
        let (connection, pending) = (connected.connection, connected.pending)
        // The access from before is dead in a moment: who holds it should ask for the new one.
        desk.web.generations.announce(connection.id)
        // A new session token: one that was planted before the connect is worth nothing now (OA-29).
        guard let opened = try await desk.web.consoleAccess.renew(sessionDigest: pending.sessionDigest) else {
            throw WebRefusal.signInNeeded
        }
        if let connectSession = opened.session.connectSession {
            try await desk.web.store.bindConnectSession(connectSession.id, to: connection.id)
        }
        let passed = await check(connection, actor: opened.session.actor)
        return .seeOther(
            destination(of: connection, pending, passed: passed),
            setting: [
                desk.cookies.settingSession(opened.token),
                desk.cookies.clearing(desk.cookies.transaction(stateDigest: pending.stateDigest)),
            ])
    }

    /// The connection is kept whatever happens here; its page offers to run the checks again.
    private func check(_ connection: Connection, actor: AuditActor) async -> Bool {
        do {
            return try await desk.web.diagnostics.run(connection, actor: actor).summary?.verdict != .fail
        } catch {
            desk.web.logger.error(
                "preflight", metadata: ["connection": "\(connection.id)", "error": "\(type(of: error))"])
            return false
        }
    }

    private func destination(
        of connection: Connection, _ pending: PendingAuthorization, passed: Bool
    ) -> String {
        // Checked again: the configured origins may have changed since.
        let back = pending.returnURL.flatMap { ReturnURL($0, origins: desk.web.settings.returnOrigins) }
        return back?.adding(connectionID: connection.id.text, status: passed ? "connected" : "needs_attention")
            ?? OwnPath.connection(connection.id.text)
    }

    /// `GET /oauth/refused/{reference}`
    func explain(_ request: Request, _ context: GatewayContext) async throws -> Response {
        guard let refusal = context.parameters.get("reference").flatMap(refused.refusal) else {
            return .html(desk.web.renderer.render(NoticePage(.authorizationUnknown)), status: .badRequest)
        }
        let (status, page) = CallbackNotice.of(refusal)
        return .html(desk.web.renderer.render(page), status: status)
    }
}

/// Which page a refused callback ends at.
enum CallbackNotice {
    static func of(_ refusal: ConnectRefusal) -> (HTTPResponse.Status, NoticePage) {
        switch refusal {
        case .otherBrowser: (.forbidden, NoticePage(.otherBrowser))
        case .unknownOrUsed: (.badRequest, NoticePage(.authorizationUnknown))
        case .otherSession: (.forbidden, explained(refusal.explanation))
        case .explained(let explanation, let pending):
            (status(of: explanation), page(explanation, of: pending?.reauthorizing))
        }
    }

    /// A connection that was to be authorized again is as it was before.
    private static func page(_ explanation: Explanation, of connection: ConnectionID?) -> NoticePage {
        let wasDenied = explanation.code == "authorization_error.access_denied"
        guard let connection else { return wasDenied ? NoticePage(.authorizationDenied) : explained(explanation) }
        return NoticePage(
            tone: wasDenied ? .warning : .attention, word: "Not changed", heading: "The connection was not changed",
            sentence: wasDenied ? "The request for access was turned down at Zendesk." : explanation.message,
            whatToDo: "The connection is as it was before. "
                + (wasDenied ? "If that was not intended, start again and choose Allow." : explanation.remedy ?? ""),
            link: PageLink("Back to the connection", path: OwnPath.connection(connection.text)))
    }

    private static func explained(_ explanation: Explanation) -> NoticePage {
        NoticePage(
            heading: "Zendesk was not connected", explanation: explanation,
            link: PageLink("Start again", path: "/connect"))
    }

    /// What Zendesk or our own store failed at is not the browser's fault.
    private static func status(of explanation: Explanation) -> HTTPResponse.Status {
        switch explanation.code {
        case "connection.not_saved": .serviceUnavailable
        case "identity.unanswered": .badGateway
        case let code where code.hasPrefix("exchange."): .badGateway
        default: .badRequest
        }
    }
}
