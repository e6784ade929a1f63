import GatewayCore
import HTTPTypes
import Hummingbird

/// RFC 9457, with a stable code, a remedy and the request's id.
struct ProblemDetails: Encodable {
    let type: String
    let title: String
    let status: Int
    let detail: String
    let code: String
    let remedy: String?
    let limit: Int?
    let request_id: String

    init(_ refusal: WebRefusal, reference: String) {
        // No page stands behind a type address yet, and RFC 9457 says what to write then.
        type = "about:blank"
        title = refusal.status.reasonPhrase
        status = refusal.status.code
        detail = refusal.explanation.message
        code = refusal.explanation.code
        remedy = refusal.explanation.remedy
        limit = refusal.limit
        request_id = reference
    }

    func response(_ headerFields: HTTPFields) throws -> Response {
        var fields = headerFields
        // Behind the proxy this tells what the gateway says from what Zendesk says.
        fields[.latchkeyError] = code
        return try .json(
            self, status: HTTPResponse.Status(code: status), type: "application/problem+json", headerFields: fields)
    }
}
