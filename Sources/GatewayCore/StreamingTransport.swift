package import HTTPTypes

/// Speaks HTTP to organizations like `HTTPTransport`, but passes bodies on as they come.
package protocol StreamingTransport: Sendable {
    /// Returns as soon as the head of the answer is there, 3xx, 4xx and 5xx included. Never follows a redirect, keeps no
    /// cookies, decodes no content coding. The connection is given back when the last reference to the body goes.
    func open(_ request: StreamedRequest) async throws(TransportFailure) -> StreamedResponse
}

/// One outbound call whose bodies may be long. The host is the organization's and cannot be set otherwise.
package struct StreamedRequest: Sendable {
    package let organization: OrganizationURL
    package var method: HTTPRequest.Method
    /// Begins with `/`; may carry a query, already percent-encoded.
    package var path: String
    package var headerFields: HTTPFields
    package var body: OutgoingBody
    package var limits: StreamingLimits

    package init(
        _ method: HTTPRequest.Method, _ path: String, at organization: OrganizationURL, headerFields: HTTPFields,
        body: OutgoingBody, limits: StreamingLimits
    ) {
        self.organization = organization
        self.method = method
        self.path = path
        self.headerFields = headerFields
        self.body = body
        self.limits = limits
    }
}

/// Method and host only: the header carries a token, the path may carry an id.
extension StreamedRequest: CustomStringConvertible, CustomReflectable {
    package var description: String { "\(method) at \(organization.authority)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

package enum OutgoingBody: Sendable {
    case none
    /// Held in memory, so that it can be sent a second time.
    case collected([UInt8])
    /// Sent while it arrives, once. The length where it was announced.
    case streamed(any (AsyncSequence<[UInt8], any Error> & Sendable), length: Int?)

    /// Whether the same request can be sent again.
    package var canBeRepeated: Bool {
        if case .streamed = self { false } else { true }
    }
}

/// What one streamed call may cost.
package struct StreamingLimits: Sendable, Equatable {
    /// From the start to the head of the answer, the whole request body included.
    package var head: Duration
    /// Between two pieces of the answer.
    package var idle: Duration
    /// From the start to the last byte of the answer.
    package var whole: Duration

    /// Incremental exports answer after half a minute on large accounts; uploads are tens of megabytes.
    package static let proxy = StreamingLimits(head: .seconds(120), idle: .seconds(60), whole: .seconds(600))

    package init(head: Duration, idle: Duration, whole: Duration) {
        self.head = head
        self.idle = idle
        self.whole = whole
    }
}

package struct StreamedResponse: Sendable {
    package let status: HTTPResponse.Status
    package let headerFields: HTTPFields
    package let body: IncomingBody

    package init(status: HTTPResponse.Status, headerFields: HTTPFields, body: IncomingBody) {
        self.status = status
        self.headerFields = headerFields
        self.body = body
    }
}

/// The body of an answer, to be read once. The next piece is fetched when it is asked for.
package struct IncomingBody: AsyncSequence, Sendable {
    private let pieces: any (AsyncSequence<[UInt8], any Error> & Sendable)
    /// What is given back when the last copy of this body goes: a place, a connection.
    private let held: [any Sendable]

    package init(_ pieces: any (AsyncSequence<[UInt8], any Error> & Sendable), holding held: any Sendable) {
        self.pieces = pieces
        self.held = [held]
    }

    package init(_ octets: [UInt8]) {
        pieces = WholeBody(octets: octets)
        held = []
    }

    private init(_ body: IncomingBody, holding more: any Sendable) {
        pieces = body.pieces
        held = body.held + [more]
    }

    package func holding(_ more: any Sendable) -> IncomingBody { IncomingBody(self, holding: more) }

    package struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate var pieces: any AsyncIteratorProtocol<[UInt8], any Error>
        fileprivate let held: [any Sendable]

        @concurrent package mutating func next() async throws -> [UInt8]? { try await pieces.next(isolation: nil) }
    }

    package func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(pieces: Self.iterator(pieces), held: held)
    }

    private static func iterator(
        _ pieces: some AsyncSequence<[UInt8], any Error>
    ) -> any AsyncIteratorProtocol<[UInt8], any Error> {
        pieces.makeAsyncIterator()
    }

    /// The whole of it; nil when it is larger.
    package func collect(upTo maximum: Int) async throws -> [UInt8]? {
        var octets: [UInt8] = []
        for try await piece in self {
            guard octets.count + piece.count <= maximum else { return nil }
            octets += piece
        }
        return octets
    }
}

/// A body that is there already.
private struct WholeBody: AsyncSequence, Sendable {
    let octets: [UInt8]

    struct AsyncIterator: AsyncIteratorProtocol {
        var rest: [UInt8]?

        @concurrent mutating func next() async throws -> [UInt8]? {
            defer { rest = nil }
            return rest
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(rest: octets.isEmpty ? nil : octets) }
}
