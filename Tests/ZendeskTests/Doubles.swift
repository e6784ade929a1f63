import GatewayCore
import HTTPTypes
import Synchronization

@testable import Zendesk

/// Gives one answer to everything and remembers what was asked.
final class RecordingTransport: HTTPTransport {
    private let answer: Result<OutboundResponse, TransportFailure>
    private let recorded = Mutex<[OutboundRequest]>([])

    init(_ answer: Result<OutboundResponse, TransportFailure>) {
        self.answer = answer
    }

    var requests: [OutboundRequest] { recorded.withLock { $0 } }

    func send(_ request: OutboundRequest) async throws(TransportFailure) -> OutboundResponse {
        recorded.withLock { $0.append(request) }
        return try answer.get()
    }
}

func acme() throws -> OrganizationURL {
    try OrganizationURL(subdomain: "acme", policy: .zendesk)
}

func client(_ transport: RecordingTransport) throws -> ZendeskClient {
    ZendeskClient(organization: try acme(), transport: transport, accessToken: Secret("at-canary"))
}

func client(_ answer: OutboundResponse) throws -> ZendeskClient {
    try client(RecordingTransport(.success(answer)))
}

func json(_ text: String, status: Int = 200, _ fields: HTTPFields = [:]) -> OutboundResponse {
    answer(Array(text.utf8), status: status, type: "application/json; charset=utf-8", fields)
}

func page(_ text: String, status: Int = 200, _ fields: HTTPFields = [:]) -> OutboundResponse {
    answer(Array(text.utf8), status: status, type: "text/html; charset=utf-8", fields)
}

func answer(_ body: [UInt8], status: Int, type: String, _ fields: HTTPFields) -> OutboundResponse {
    var fields = fields
    fields[.contentType] = type
    return OutboundResponse(status: .init(code: status), headerFields: fields, body: body)
}
