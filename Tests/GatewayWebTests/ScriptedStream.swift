import AsyncHTTPClient
import GatewayCore
import HTTPTypes
import NIOCore
import Synchronization

/// Zendesk's side of the proxy as a test wants it, and what was sent there.
final class ScriptedStream: StreamingTransport {
    typealias Script = @Sendable (StreamedRequest, Int) async throws(TransportFailure) -> StreamedResponse

    private let script: Script
    private let state = Mutex<[StreamedRequest]>([])

    init(_ script: @escaping Script) { self.script = script }

    /// Answers every request alike.
    convenience init(_ status: HTTPResponse.Status, _ fields: HTTPFields = [:], body: String = "{}") {
        self.init { _, _ throws(TransportFailure) in
            StreamedResponse(status: status, headerFields: fields, body: IncomingBody(Array(body.utf8)))
        }
    }

    var requests: [StreamedRequest] { state.withLock { $0 } }

    func open(_ request: StreamedRequest) async throws(TransportFailure) -> StreamedResponse {
        let number = state.withLock { requests in
            requests.append(request)
            return requests.count
        }
        return try await script(request, number)
    }
}

extension StreamedResponse {
    static func refused(_ body: String = #"{"error":"invalid_token"}"#) -> StreamedResponse {
        StreamedResponse(
            status: .unauthorized, headerFields: [.contentType: "application/json"],
            body: IncomingBody(Array(body.utf8)))
    }
}

/// A body of equal pieces, counted as they are asked for.
struct CountedPieces: AsyncSequence, Sendable {
    final class Counter: Sendable {
        private let number = Atomic(0)
        var value: Int { number.load(ordering: .relaxed) }
        func add() { number.wrappingAdd(1, ordering: .relaxed) }
    }

    let count: Int
    let size: Int
    let counter = Counter()

    struct AsyncIterator: AsyncIteratorProtocol {
        var left: Int
        let size: Int
        let counter: Counter

        @concurrent mutating func next() async throws -> [UInt8]? {
            guard left > 0 else { return nil }
            left -= 1
            counter.add()
            // As over a network: every loop has its turn before the next piece is there, and may say that it is full.
            for loop in HTTPClient.defaultEventLoopGroup.makeIterator() { try await loop.submit {}.get() }
            return [UInt8](repeating: 0x61, count: size)
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(left: count, size: size, counter: counter) }
}
