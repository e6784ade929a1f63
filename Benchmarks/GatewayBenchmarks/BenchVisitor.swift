import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import NIOHTTP1
import Synchronization

/// A browser with a cookie jar and nothing else.
final class BenchVisitor: Sendable {
    struct Answer: Sendable {
        let location: String?
        let text: String

        func field(_ name: String) -> String {
            let pieces = text.split(separator: "name=\"\(name)\" value=\"")
            return pieces.last.map { String($0.prefix { $0 != "\"" }) } ?? ""
        }
    }

    private let port: Int
    private let jar = Mutex<[String: String]>([:])

    init(port: Int) { self.port = port }

    func get(_ path: String) async throws -> Answer { try await send(.GET, path) }

    func post(_ path: String, _ form: String) async throws -> Answer { try await send(.POST, path, form) }

    private func send(_ method: HTTPMethod, _ path: String, _ form: String? = nil) async throws -> Answer {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
        request.method = method
        request.headers.add(name: "Origin", value: "http://localhost:8080")
        request.headers.add(
            name: "Cookie", value: jar.withLock { $0.map { "\($0.key)=\($0.value)" }.joined(separator: "; ") })
        if let form {
            request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
            request.body = .bytes(ByteBuffer(string: form))
        }
        let response = try await Self.client.execute(request, timeout: .seconds(30))
        for cookie in response.headers["set-cookie"] { take(cookie) }
        let body = try await response.body.collect(upTo: 1 << 20)
        return Answer(location: response.headers.first(name: "location"), text: String(buffer: body))
    }

    private func take(_ cookie: String) {
        let pair = cookie.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        jar.withLock { $0[String(pair[0])] = cookie.contains("Max-Age=0") ? nil : String(pair[1]) }
    }

    private static let client = HTTPClient(
        eventLoopGroupProvider: .singleton, configuration: .init(redirectConfiguration: .disallow))
}
