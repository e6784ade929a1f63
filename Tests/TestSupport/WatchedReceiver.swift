package import GatewayCore
package import HTTPTypes
import Synchronization

/// A receiver of events that remembers what it was told and answers as a test wants.
package final class WatchedReceiver: WebhookTransport {
    package struct Delivery: Sendable {
        package let url: WebhookURL
        package let headerFields: HTTPFields
        package let body: [UInt8]

        package func header(_ name: String) -> String {
            HTTPField.Name(name).flatMap { headerFields[$0] } ?? ""
        }
    }

    package typealias Answer = @Sendable (Delivery) async throws(TransportFailure) -> OutboundResponse

    private struct State {
        var deliveries: [Delivery] = []
        var answer: Answer?
    }

    private let state = Mutex(State())

    package init() {}

    /// Everything that was tried, in order.
    package var deliveries: [Delivery] { state.withLock(\.deliveries) }

    package func forget() { state.withLock { $0.deliveries = [] } }

    /// 204 when nothing else is said.
    package func answer(_ body: Answer?) { state.withLock { $0.answer = body } }

    package func post(
        _ body: [UInt8], headerFields: HTTPFields, to url: WebhookURL
    ) async throws(TransportFailure) -> OutboundResponse {
        let delivery = Delivery(url: url, headerFields: headerFields, body: body)
        let answer = state.withLock { state in
            state.deliveries.append(delivery)
            return state.answer
        }
        guard let answer else { return OutboundResponse(status: .noContent) }
        return try await answer(delivery)
    }
}
