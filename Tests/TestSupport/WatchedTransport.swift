import FoundationEssentials
package import GatewayCore
import Synchronization

/// Passes requests on, remembers them with their answers, and interferes where a test wants it to.
package final class WatchedTransport: HTTPTransport {
    package typealias Before = @Sendable (OutboundRequest) async throws(TransportFailure) -> OutboundResponse?
    package typealias After = @Sendable (OutboundRequest, OutboundResponse) async -> OutboundResponse

    package struct Call: Sendable {
        package let request: OutboundRequest
        /// Nil when no complete answer came.
        package let response: OutboundResponse?
    }

    private struct State {
        var calls: [Call] = []
        var before: Before?
        var after: After?
        var openRefreshTokens: Set<String> = []
        var overlaps = 0
        var hasForgedTokens = false
    }

    private struct RefreshRequest: Decodable {
        let refresh_token: String
    }

    private let inner: any HTTPTransport
    private let state = Mutex(State())

    package init(_ inner: any HTTPTransport) {
        self.inner = inner
    }

    package var calls: [Call] { state.withLock(\.calls) }

    package func calls(to path: String) -> [Call] { calls.filter { $0.request.path.hasPrefix(path) } }

    package func forget() { state.withLock { $0.calls = [] } }

    /// How often a refresh token left while another request with it was open.
    package var overlaps: Int { state.withLock(\.overlaps) }

    /// Somebody answered a token request in the peer's place, which then knows nothing of it.
    package var hasForgedTokens: Bool { state.withLock(\.hasForgedTokens) }

    /// Looks at every request before it leaves, and may answer or fail in the peer's place.
    package func before(_ body: Before?) { state.withLock { $0.before = body } }

    /// Looks at every answer before it arrives, and may exchange it.
    package func after(_ body: After?) { state.withLock { $0.after = body } }

    package func send(_ request: OutboundRequest) async throws(TransportFailure) -> OutboundResponse {
        let refreshToken = Self.refreshToken(in: request)
        if let refreshToken { open(refreshToken) }
        defer { if let refreshToken { state.withLock { _ = $0.openRefreshTokens.remove(refreshToken) } } }
        do {
            let response = try await answer(request)
            note(Call(request: request, response: response))
            return response
        } catch {
            note(Call(request: request, response: nil))
            throw error
        }
    }

    private func answer(_ request: OutboundRequest) async throws(TransportFailure) -> OutboundResponse {
        let (before, after) = state.withLock { ($0.before, $0.after) }
        if let before, let response = try await before(request) {
            if request.path == "/oauth/tokens" { state.withLock { $0.hasForgedTokens = true } }
            return response
        }
        let response = try await inner.send(request)
        guard let after else { return response }
        return await after(request, response)
    }

    private func open(_ refreshToken: String) {
        state.withLock { state in
            if !state.openRefreshTokens.insert(refreshToken).inserted { state.overlaps += 1 }
        }
    }

    private static func refreshToken(in request: OutboundRequest) -> String? {
        guard request.path == "/oauth/tokens", let body = request.body?.exposeText() else { return nil }
        return (try? JSONDecoder().decode(RefreshRequest.self, from: Data(body.utf8)))?.refresh_token
    }

    private func note(_ call: Call) { state.withLock { $0.calls.append(call) } }
}
