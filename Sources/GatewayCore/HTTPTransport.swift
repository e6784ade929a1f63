package import HTTPTypes

/// One outbound call to one organization. The host is the organization's and cannot be set otherwise.
package struct OutboundRequest: Sendable {
    package let organization: OrganizationURL
    package var method: HTTPRequest.Method
    /// Begins with `/`; may carry a query, already percent-encoded.
    package var path: String
    package var headerFields: HTTPFields
    /// Secret, because token requests carry codes, verifiers and client secrets.
    package var body: Secret?
    package var limits: OutboundLimits

    package init(
        _ method: HTTPRequest.Method, _ path: String, at organization: OrganizationURL,
        headerFields: HTTPFields = [:], body: Secret? = nil, limits: OutboundLimits
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
extension OutboundRequest: CustomStringConvertible, CustomReflectable {
    package var description: String { "\(method) at \(organization.authority)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// What one call may cost.
package struct OutboundLimits: Sendable, Equatable {
    /// From the start of the call to the last byte of the answer.
    package var deadline: Duration
    package var maximumBodyBytes: Int
    /// Token calls use a connection of their own: a pooled one may have been closed by the peer, and then nobody knows
    /// whether the request arrived.
    package var needsFreshConnection: Bool
    /// An end that was settled before the call began, where that is earlier. On a connection of its own no octet leaves after
    /// the end, also when this process was stopped for a while.
    package var latestEnd: ContinuousClock.Instant?

    package static let token = OutboundLimits(
        deadline: .seconds(10), maximumBodyBytes: 64 * 1024, needsFreshConnection: true)
    /// Who gives up on a slow answer loses the tokens in it, so this one waits longer.
    package static let refresh = OutboundLimits(
        deadline: .seconds(25), maximumBodyBytes: 64 * 1024, needsFreshConnection: true)
    package static let api = OutboundLimits(
        deadline: .seconds(10), maximumBodyBytes: 4 * 1024 * 1024, needsFreshConnection: false)

    package init(deadline: Duration, maximumBodyBytes: Int, needsFreshConnection: Bool) {
        self.deadline = deadline
        self.maximumBodyBytes = maximumBodyBytes
        self.needsFreshConnection = needsFreshConnection
    }

    package func end(from start: ContinuousClock.Instant) -> ContinuousClock.Instant {
        let end = start + deadline
        return latestEnd.map { min($0, end) } ?? end
    }
}

package struct OutboundResponse: Sendable {
    package let status: HTTPResponse.Status
    package let headerFields: HTTPFields
    package let body: [UInt8]

    package init(status: HTTPResponse.Status, headerFields: HTTPFields = [:], body: [UInt8] = []) {
        self.status = status
        self.headerFields = headerFields
        self.body = body
    }
}

/// Speaks HTTP to organizations. Never follows a redirect, keeps no cookies, decodes no content coding.
package protocol HTTPTransport: Sendable {
    /// Returns whatever was answered, 3xx, 4xx and 5xx included. Throws when there was no complete answer.
    func send(_ request: OutboundRequest) async throws(TransportFailure) -> OutboundResponse
}

/// Why there was no complete answer. A closed list; the caller decides by `mayHaveArrived`.
package enum TransportFailure: String, Error, Sendable, CaseIterable {
    // Nothing of the request left this machine.
    case nameNotFound = "name_not_found"
    case nameServerFailed = "name_server_failed"
    case nameLookupTimedOut = "name_lookup_timed_out"
    case addressRefused = "address_refused"
    case connectionRefused = "connection_refused"
    case connectTimedOut = "connect_timed_out"
    case certificateUntrusted = "certificate_untrusted"
    case tlsFailed = "tls_failed"
    case outOfDescriptors = "out_of_descriptors"
    // The request may have been received and acted upon.
    case timedOut = "timed_out"
    case closedEarly = "closed_early"
    case responseTooLarge = "response_too_large"
    case malformedResponse = "malformed_response"

    /// False only when it is certain that the peer saw no byte of the request.
    package var mayHaveArrived: Bool {
        switch self {
        case .nameNotFound, .nameServerFailed, .nameLookupTimedOut, .addressRefused, .connectionRefused,
            .connectTimedOut, .certificateUntrusted, .tlsFailed, .outOfDescriptors:
            false
        case .timedOut, .closedEarly, .responseTooLarge, .malformedResponse:
            true
        }
    }
}
