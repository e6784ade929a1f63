import Gateway
import GatewayCore
import HTTPTypes
import Hummingbird
import NIOCore
import Storage

/// Any method of `/v1/connections/{id}/proxy/{path}`: the same call to the organization, with its token added.
struct ProxyAPI: Sendable {
    let desk: APIDesk

    func forward(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let caller = try await desk.caller(request, context, scope: .proxy)
        let connection = try await desk.connection(context, for: caller)
        let calls = desk.web.proxiedCalls
        let fault = BodyFault()
        do {
            let path = Result { () throws(ProxyRefusal) in try Self.path(request, of: connection) }
            // First, so that a connection that may only read hears that, whatever path and body say.
            try await calls.permit(request.method, try? path.get(), over: connection, actor: caller.actor)
            let call = ProxiedCalls.Call(
                method: request.method, path: try path.get(), headerFields: request.headers,
                body: try await ProxyBody(request, fault).read())
            return Self.answer(try await calls.run(call, over: connection, actor: caller.actor), to: request.method)
        } catch let refusal as ProxyRefusal {
            throw fault.refusal ?? WebRefusal(refusal)
        }
    }

    /// Octet for octet what stands behind `/proxy/`; the router's own reading of it decides nothing.
    private static func path(_ request: Request, of connection: Connection) throws(ProxyRefusal) -> ProxyPath {
        let prefix = "/v1/connections/\(connection.id.text)/proxy/"
        let path = request.uri.path
        guard path.hasPrefix(prefix), !request.uri.string.contains("#") else { throw .badPath }
        return try ProxyPath(path.dropFirst(prefix.count), query: request.uri.query)
    }

    private static func answer(_ response: StreamedResponse, to method: HTTPRequest.Method) -> Response {
        var fields = response.headerFields
        let length = fields[.contentLength].flatMap { Int($0) }
        if length == nil { fields[.contentLength] = nil }
        guard method != .head, ![204, 304].contains(response.status.code) else {
            return Response(status: response.status, headers: fields, body: .init())
        }
        return Response(
            status: response.status, headers: fields,
            body: ResponseBody(contentLength: length) { writer in
                try await writer.write(Buffers(body: response.body))
                try await writer.finish(nil)
            })
    }
}

/// An answer's body as the server wants it.
private struct Buffers: AsyncSequence, Sendable {
    let body: IncomingBody

    struct AsyncIterator: AsyncIteratorProtocol {
        var pieces: IncomingBody.AsyncIterator

        @concurrent mutating func next() async throws -> ByteBuffer? {
            try await pieces.next().map { ByteBuffer(bytes: $0) }
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(pieces: body.makeAsyncIterator()) }
}

extension WebRefusal {
    init(_ refusal: ProxyRefusal) {
        let status: HTTPResponse.Status =
            switch refusal {
            case .badPath: .badRequest
            case .levelInsufficient, .grantsAreOurs: .forbidden
            case .bodyTooLarge: .contentTooLarge
            case .tooManyOfConnection: .tooManyRequests
            case .tooManyInAll: .serviceUnavailable
            case .unreachable: .badGateway
            case .answerLost(let failure): failure == .timedOut ? .gatewayTimeout : .badGateway
            }
        let isTemporary = [429, 503].contains(status.code)
        self.init(status, refusal.explanation, headerFields: isTemporary ? [.retryAfter: "1"] : [:])
    }
}
