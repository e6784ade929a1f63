package import GatewayCore
import HTTPTypes
package import ZendeskEmulator

/// Leads to a stand-in in the same process without a socket: for tests of answers, where the wire is not the subject.
package struct Bridge: HTTPTransport {
    private let standIn: EmulatorWorld

    package init(_ standIn: EmulatorWorld) {
        self.standIn = standIn
    }

    package func send(_ request: OutboundRequest) async throws(TransportFailure) -> OutboundResponse {
        let asked = EmulatedRequest(
            request.method.rawValue, request.path, authority: request.organization.authority,
            scheme: request.organization.policy.scheme, headers: request.headerFields,
            body: Array((request.body?.exposeText() ?? "").utf8))
        guard let fault = standIn.takeFault(for: asked) else { return Self.response(standIn.answer(asked)) }
        let answer = fault.letsRequestThrough ? fault.spoil(standIn.answer(asked)) : fault.ownAnswer
        guard let answer else { throw .closedEarly }
        return Self.response(answer)
    }

    private static func response(_ answer: Answer) -> OutboundResponse {
        OutboundResponse(status: .init(code: answer.status), headerFields: answer.headers, body: answer.body)
    }
}
