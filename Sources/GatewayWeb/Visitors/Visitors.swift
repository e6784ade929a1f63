import Gateway
import GatewayCore
import HTTPTypes
import Hummingbird

/// Finds out who a browser is.
struct Visitors: Sendable {
    let access: ConsoleAccess
    let cookies: CookieRules

    /// Nil when the browser presents no session, an odd one, or one that has ended.
    func visitor(of request: Request) async throws -> Visitor? {
        guard let token = token(of: request), let session = try await access.session(token) else { return nil }
        return Visitor(token: token, session: session)
    }

    func token(of request: Request) -> BearerToken? {
        CookieJar(request.headers)[cookies.session].flatMap { BearerToken(.session, presented: $0) }
    }

    func require(_ request: Request) async throws -> Visitor {
        guard let visitor = try await visitor(of: request) else { throw WebRefusal.signInNeeded }
        return visitor
    }

    /// Whether a page was reached by a navigation that another site began. Such a navigation carries no strict cookie, so a
    /// missing session means nothing yet.
    static func arrivesFromElsewhere(_ request: Request) -> Bool {
        ["cross-site", "same-site"].contains(request.headers[.secFetchSite])
    }
}
