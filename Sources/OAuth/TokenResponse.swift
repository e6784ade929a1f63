package import GatewayCore
internal import HTTPTypes

/// Reads what a token endpoint answered, with one rule for everything it may send.
///
/// | answer | result |
/// |---|---|
/// | 3xx but 304 | organization unreachable; never followed |
/// | 2xx but 204, 205, 206 | tokens, if content type, coding and every member are right; an `error` member wins |
/// | 204, 205, 206, 304, 1xx | malformed success |
/// | 400, 401 with a JSON `error` | that error |
/// | everything else | by status; the body is not looked at |
///
/// A body counts only as `application/json`, in UTF-8 by name or by silence, without content coding: we asked for
/// exactly that, and guessing types is how a page of a proxy becomes an answer.
package enum TokenResponse {
    /// Who the answer must be for. Servers need not echo any of it, but what they echo must be right.
    package struct Addressee: Sendable {
        package let clientID: String
        package let organization: OrganizationURL

        package init(clientID: String, organization: OrganizationURL) {
            self.clientID = clientID
            self.organization = organization
        }
    }

    package static func parse(_ response: OutboundResponse, for addressee: Addressee) -> TokenEndpointOutcome {
        let status = response.status.code
        switch status {
        case 204, 205, 206, 304, ..<200: return .failed(TokenEndpointFailure(.status))
        case 200..<300: return success(response, for: addressee)
        case 400, 401: return .failed(refusal(response))
        default: return .failed(TokenEndpointFailure(status: status, retryAfter: RetryAfter.seconds(in: response)))
        }
    }

    private static func success(_ response: OutboundResponse, for addressee: Addressee) -> TokenEndpointOutcome {
        do {
            let body = try TokenResponseBody(response)
            if let error = body.error {
                return .failed(TokenEndpointFailure(error, retryAfter: RetryAfter.seconds(in: response)))
            }
            return .tokens(try body.tokens(for: addressee))
        } catch {
            return .failed(TokenEndpointFailure(error))
        }
    }

    private static func refusal(_ response: OutboundResponse) -> TokenEndpointFailure {
        let retryAfter = RetryAfter.seconds(in: response)
        guard let body = try? TokenResponseBody(response), let error = body.error else {
            return TokenEndpointFailure(status: response.status.code, retryAfter: retryAfter)
        }
        return TokenEndpointFailure(error, retryAfter: retryAfter)
    }
}
