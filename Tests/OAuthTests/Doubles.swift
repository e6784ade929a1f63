import GatewayCore
import HTTPTypes
import Synchronization

@testable import OAuth

/// Answers from a list, in order, and remembers what was asked.
final class RecordingTransport: HTTPTransport {
    private struct State {
        var answers: [Result<OutboundResponse, TransportFailure>]
        var requests: [OutboundRequest] = []
    }

    private let state: Mutex<State>

    init(_ answers: [Result<OutboundResponse, TransportFailure>]) {
        state = Mutex(State(answers: answers))
    }

    convenience init(_ answers: OutboundResponse...) {
        self.init(answers.map { .success($0) })
    }

    var requests: [OutboundRequest] { state.withLock { $0.requests } }

    func send(_ request: OutboundRequest) async throws(TransportFailure) -> OutboundResponse {
        let answer: Result<OutboundResponse, TransportFailure> = state.withLock { state in
            state.requests.append(request)
            return state.answers.isEmpty ? .failure(.connectionRefused) : state.answers.removeFirst()
        }
        return try answer.get()
    }
}

/// The given octets, again and again.
struct FixedRandom: RandomSource {
    let octets: [UInt8]

    func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { octets[$0 % octets.count] }
    }
}

func organization(_ subdomain: String = "acme") throws -> OrganizationURL {
    try OrganizationURL(subdomain: subdomain, policy: .zendesk)
}

func json(_ text: String, status: Int = 200, _ fields: HTTPFields = [:]) -> OutboundResponse {
    json(Array(text.utf8), status: status, fields)
}

func json(_ octets: [UInt8], status: Int = 200, _ fields: HTTPFields = [:]) -> OutboundResponse {
    var fields = fields
    if fields[.contentType] == nil { fields[.contentType] = "application/json; charset=utf-8" }
    return OutboundResponse(status: .init(code: status), headerFields: fields, body: octets)
}

/// A token answer as Zendesk documents it, with members replaced or, for nil, left out.
func tokenAnswer(_ changes: [String: String?] = [:], status: Int = 200) -> OutboundResponse {
    var members: [String: String] = [
        "access_token": #""at-canary""#, "refresh_token": #""rt-canary""#, "token_type": #""bearer""#,
        "scope": #""read write""#, "expires_in": "172800", "refresh_token_expires_in": "7776000",
    ]
    for (name, value) in changes { members[name] = value }
    let text = members.sorted { $0.key < $1.key }.map { #""\#($0.key)":\#($0.value)"# }.joined(separator: ",")
    return json("{\(text)}", status: status)
}

func parse(_ response: OutboundResponse) throws -> TokenEndpointOutcome {
    TokenResponse.parse(
        response, for: TokenResponse.Addressee(clientID: "zdg-latchkey", organization: try organization()))
}

extension TokenEndpointOutcome {
    var tokens: TokenSet? {
        guard case .tokens(let tokens) = self else { return nil }
        return tokens
    }

    var failure: TokenEndpointFailure? {
        guard case .failed(let failure) = self else { return nil }
        return failure
    }
}
