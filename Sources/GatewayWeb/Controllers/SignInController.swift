import Gateway
import GatewayCore
import HTTPTypes
import Hummingbird

/// One-time links in, and the way out.
struct SignInController: Sendable {
    let desk: PageDesk

    /// `GET /sign-in/{token}`
    func signIn(_ request: Request, _ context: GatewayContext) async throws -> Response {
        try desk.limits.spend(.link, by: context.remoteAddress)
        guard let link = context.parameters.get("token").flatMap({ BearerToken(.signInLink, presented: $0) }),
            let opened = try await desk.web.consoleAccess.signIn(
                link: link, replacing: desk.visitors.token(of: request))
        else { throw WebRefusal.linkUsed }
        return entered(opened, request, at: OwnPath.start)
    }

    /// `GET /connect/{token}`
    func openConnectSession(_ request: Request, _ context: GatewayContext) async throws -> Response {
        try desk.limits.spend(.link, by: context.remoteAddress)
        guard let link = context.parameters.get("token").flatMap({ BearerToken(.connectLink, presented: $0) }),
            let opened = try await desk.web.consoleAccess.openConnectSession(
                link: link, replacing: desk.visitors.token(of: request))
        else { throw WebRefusal.connectLinkUsed }
        return entered(opened, request, at: "/connect")
    }

    /// `POST /sign-out`
    func signOut(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let (visitor, _) = try await desk.form(request, purpose: Purpose.signOut)
        try await desk.web.consoleAccess.signOut(visitor.session)
        return .html(
            desk.web.renderer.render(NoticePage(.signedOut)),
            headerFields: [
                .clearSiteData: #""cache", "cookies", "storage""#,
                .setCookie: desk.cookies.clearing(desk.cookies.session),
            ])
    }

    /// A new session begins without the connects of an earlier one: their answers must not end up in it (OA-37).
    private func entered(_ opened: OpenedSession, _ request: Request, at path: String) -> Response {
        let underWay = CookieJar(request.headers).names(beginningWith: desk.cookies.transactionPrefix)
        return .seeOther(
            path, setting: [desk.cookies.settingSession(opened.token)] + underWay.map(desk.cookies.clearing))
    }
}
