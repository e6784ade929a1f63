import HTTPTypes
import Hummingbird

/// Tells a wrong method from a wrong address, which the router does not (OA-27).
struct AllowedMethods: RouterMiddleware {
    let table: RouteTable

    func handle(
        _ request: Request, context: GatewayContext,
        next: @concurrent (Request, GatewayContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound {
            let allowed = table.methods(for: request.uri.path)
            throw allowed.isEmpty ? WebRefusal.notFound : WebRefusal.methodNotAllowed(allowed)
        }
    }
}

/// The patterns of all routes.
struct RouteTable: Sendable {
    private let routes: [(pieces: [Substring], method: HTTPRequest.Method)]

    init(_ routes: [Route]) {
        self.routes = routes.map { (Self.pieces($0.pattern), $0.method) }
    }

    func methods(for path: String) -> [HTTPRequest.Method] {
        let asked = Self.pieces(path)
        return routes.filter { Self.matches($0.pieces, asked) }.map(\.method)
    }

    private static func pieces(_ path: String) -> [Substring] { path.split(separator: "/") }

    private static func matches(_ pattern: [Substring], _ path: [Substring]) -> Bool {
        guard pattern.last != "**" else { return path.count >= pattern.count && begins(pattern.dropLast(), path) }
        return pattern.count == path.count && begins(pattern, path)
    }

    private static func begins(_ pattern: [Substring], _ path: [Substring]) -> Bool {
        zip(pattern, path).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
    }
}

/// One line of the site's table of contents.
struct Route: Sendable {
    typealias Answer = @Sendable (Request, GatewayContext) async throws -> Response

    let method: HTTPRequest.Method
    let pattern: String
    let answer: Answer

    static func get(_ pattern: String, _ answer: @escaping Answer) -> [Route] {
        [Route(method: .get, pattern: pattern, answer: answer), Route(method: .head, pattern: pattern, answer: answer)]
    }

    /// For what is used up by looking at it: no HEAD, which link scanners send.
    static func getOnce(_ pattern: String, _ answer: @escaping Answer) -> [Route] {
        [Route(method: .get, pattern: pattern, answer: answer)]
    }

    static func post(_ pattern: String, _ answer: @escaping Answer) -> [Route] {
        [Route(method: .post, pattern: pattern, answer: answer)]
    }

    /// Everything but what no proxy should pass on: CONNECT, TRACE and OPTIONS.
    static func anyMethod(_ pattern: String, _ answer: @escaping Answer) -> [Route] {
        ([.get, .head, .post, .put, .patch, .delete] as [HTTPRequest.Method]).map {
            Route(method: $0, pattern: pattern, answer: answer)
        }
    }

    static func patch(_ pattern: String, _ answer: @escaping Answer) -> [Route] {
        [Route(method: .patch, pattern: pattern, answer: answer)]
    }

    static func delete(_ pattern: String, _ answer: @escaping Answer) -> [Route] {
        [Route(method: .delete, pattern: pattern, answer: answer)]
    }
}
