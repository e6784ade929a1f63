package import GatewayCore

extension Bridge: StreamingTransport {
    /// The same as `send`, with the bodies whole.
    package func open(_ request: StreamedRequest) async throws(TransportFailure) -> StreamedResponse {
        let response = try await send(
            OutboundRequest(
                request.method, request.path, at: request.organization, headerFields: request.headerFields,
                body: Secret(try await Self.octets(request.body)), limits: .api))
        return StreamedResponse(
            status: response.status, headerFields: response.headerFields, body: IncomingBody(response.body))
    }

    private static func octets(_ body: OutgoingBody) async throws(TransportFailure) -> [UInt8] {
        switch body {
        case .none: return []
        case .collected(let octets): return octets
        case .streamed(let pieces, _):
            do {
                var octets: [UInt8] = []
                for try await piece in pieces { octets += piece }
                return octets
            } catch {
                throw .closedEarly
            }
        }
    }
}
