import Gateway
import GatewayCore
import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization

/// The body of a call that is to be proxied. Small ones are held so that the call can be repeated; larger ones pass through as
/// they come.
struct ProxyBody {
    private let request: Request
    private let fault: BodyFault

    init(_ request: Request, _ fault: BodyFault) {
        self.request = request
        self.fault = fault
    }

    func read() async throws -> OutgoingBody {
        guard request.headers[.contentEncoding] == nil else {
            throw WebRefusal(
                .unsupportedMediaType, "request.content_encoding", "A compressed body is not accepted.",
                remedy: "Send the body as it is.")
        }
        let pieces = BoundedPieces(body: request.body, limit: ProxiedCalls.maximumBodyBytes, fault: fault)
        guard let length = request.headers[.contentLength].flatMap({ Int($0) }) else {
            return try await unannounced(pieces)
        }
        guard length <= ProxiedCalls.maximumBodyBytes else { throw ProxyRefusal.bodyTooLarge }
        guard length > ProxiedCalls.repeatableBodyBytes else {
            return .collected(Array(buffer: try await request.body.collect(upTo: ProxiedCalls.repeatableBodyBytes)))
        }
        return .streamed(pieces, length: length)
    }

    /// Chunked, or HTTP/2, where a body needs no sign in the header at all: only reading tells whether there is one
    /// (RFC 9113, section 8.1.1).
    private func unannounced(_ body: BoundedPieces) async throws -> OutgoingBody {
        let rest = RestOfBody(body)
        var beginning: [UInt8] = []
        do {
            while let piece = try await rest.next() {
                beginning += piece
                guard beginning.count <= ProxiedCalls.repeatableBodyBytes else {
                    return .streamed(BegunBody(beginning: beginning, rest: rest), length: nil)
                }
            }
        } catch {
            throw fault.refusal ?? error
        }
        return beginning.isEmpty ? .none : .collected(beginning)
    }
}

/// A request's body in pieces, as long as it stays below a limit.
private struct BoundedPieces: AsyncSequence, Sendable {
    let body: RequestBody
    let limit: Int
    let fault: BodyFault

    struct AsyncIterator: AsyncIteratorProtocol {
        var pieces: RequestBody.AsyncIterator
        let limit: Int
        let fault: BodyFault
        var count = 0

        @concurrent mutating func next() async throws -> [UInt8]? {
            let next: ByteBuffer?
            do {
                next = try await pieces.next()
            } catch {
                fault.note(.malformed("The body broke off or is not what its header announced."))
                throw error
            }
            guard let piece = next else { return nil }
            count += piece.readableBytes
            guard count <= limit else {
                fault.note(WebRefusal(.bodyTooLarge))
                throw ProxyRefusal.bodyTooLarge
            }
            return Array(buffer: piece)
        }
    }

    func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(pieces: body.makeAsyncIterator(), limit: limit, fault: fault)
    }
}

/// What is left of a body that somebody began to read. It can be read once, and by one at a time: first by whoever looks how
/// long it is, then by whoever sends it.
private final class RestOfBody: Sendable {
    private nonisolated(unsafe) var pieces: BoundedPieces.AsyncIterator

    init(_ body: BoundedPieces) { unsafe pieces = body.makeAsyncIterator() }

    @concurrent func next() async throws -> [UInt8]? { try await unsafe pieces.next() }
}

/// A body whose beginning was read already.
private struct BegunBody: AsyncSequence, Sendable {
    let beginning: [UInt8]
    let rest: RestOfBody

    struct AsyncIterator: AsyncIteratorProtocol {
        var beginning: [UInt8]?
        let rest: RestOfBody

        @concurrent mutating func next() async throws -> [UInt8]? {
            guard let first = beginning.take() else { return try await rest.next() }
            return first
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(beginning: beginning, rest: rest) }
}

/// What was wrong with a body that was already on its way to Zendesk: the caller's fault, and not to be told as Zendesk's.
final class BodyFault: Sendable {
    private let first = Mutex<WebRefusal?>(nil)

    var refusal: WebRefusal? { first.withLock { $0 } }

    func note(_ refusal: WebRefusal) {
        first.withLock { $0 = $0 ?? refusal }
    }
}
