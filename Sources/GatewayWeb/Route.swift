import HTTPTypes
import Hummingbird

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
