import AsyncHTTPClient
package import GatewayCore
import HTTPTypes
import NIOCore
import NIOHTTP1

extension OrganizationTransport: StreamingTransport {
    package func open(_ request: StreamedRequest) async throws(TransportFailure) -> StreamedResponse {
        let start = ContinuousClock.now
        let address = try await checkedAddress(of: request.organization, before: start + request.limits.head)
        let loan = borrow(for: request.organization, at: address, idleLimit: request.limits.idle)
        do {
            let response = try await loan.client.execute(
                Self.outgoing(request), deadline: .now() + TimeAmount(start + request.limits.head - .now))
            return StreamedResponse(
                status: .init(code: Int(response.status.code)), headerFields: Exchange.fields(of: response.headers),
                body: IncomingBody(
                    Pieces(body: response.body, end: start + request.limits.whole), holding: loan))
        } catch {
            throw FailureClassifier.failure(of: error)
        }
    }

    private static func outgoing(_ request: StreamedRequest) -> HTTPClientRequest {
        var outgoing = HTTPClientRequest(
            url: Exchange.address(request.path, at: request.organization))
        outgoing.method = .init(rawValue: request.method.rawValue)
        Exchange.add(request.headerFields, to: &outgoing)
        switch request.body {
        case .none: break
        case .collected(let octets): outgoing.body = .bytes(ByteBuffer(bytes: octets))
        case .streamed(let pieces, let length):
            outgoing.body = .stream(Buffers(pieces: pieces), length: length.map { .known(Int64($0)) } ?? .unknown)
        }
        return outgoing
    }
}

/// A client that is in use for one call and goes back to the pool by itself.
final class ClientLoan: Sendable {
    let client: HTTPClient
    private let giveBack: @Sendable (HTTPClient) -> Void

    init(_ client: HTTPClient, giveBack: @escaping @Sendable (HTTPClient) -> Void) {
        self.client = client
        self.giveBack = giveBack
    }

    deinit { giveBack(client) }
}

/// The caller's pieces as the client wants them.
private struct Buffers: AsyncSequence, Sendable {
    let pieces: any (AsyncSequence<[UInt8], any Error> & Sendable)

    struct AsyncIterator: AsyncIteratorProtocol {
        var pieces: any AsyncIteratorProtocol<[UInt8], any Error>

        @concurrent mutating func next() async throws -> ByteBuffer? {
            try await pieces.next(isolation: nil).map { ByteBuffer(bytes: $0) }
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(pieces: Self.iterator(pieces)) }

    private static func iterator(
        _ pieces: some AsyncSequence<[UInt8], any Error>
    ) -> any AsyncIteratorProtocol<[UInt8], any Error> {
        pieces.makeAsyncIterator()
    }
}

/// The client's buffers as the caller wants them, until the time is over.
private struct Pieces: AsyncSequence, Sendable {
    let body: HTTPClientResponse.Body
    let end: ContinuousClock.Instant

    struct AsyncIterator: AsyncIteratorProtocol {
        var buffers: HTTPClientResponse.Body.AsyncIterator
        let end: ContinuousClock.Instant

        @concurrent mutating func next() async throws -> [UInt8]? {
            guard ContinuousClock.now < end else { throw TransportFailure.timedOut }
            do {
                return try await buffers.next().map { Array(buffer: $0) }
            } catch {
                throw FailureClassifier.failure(of: error)
            }
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(buffers: body.makeAsyncIterator(), end: end) }
}
