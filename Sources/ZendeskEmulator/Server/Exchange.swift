import HTTPTypes
import HummingbirdCore
import NIOCore

/// Between bytes on a connection and the world's values.
struct Exchange: Sendable {
    /// Nobody's OAuth request or API call of ours is larger.
    static let maximumBody = 2 * 1_024 * 1_024

    let scheme: String
    let channel: any Channel

    func read(_ request: Request) async throws -> EmulatedRequest {
        let body = try await request.body.collect(upTo: Self.maximumBody)
        return EmulatedRequest(
            request.method.rawValue, request.head.path ?? "/", authority: request.head.authority ?? "", scheme: scheme,
            headers: request.headers, body: Array(buffer: body),
            remoteAddress: channel.remoteAddress?.ipAddress ?? "")
    }

    static func head(_ answer: Answer, isHead: Bool) -> HTTPResponse {
        var fields = answer.headers
        if answer.status != 204 { fields[.contentLength] = String(answer.body.count) }
        return HTTPResponse(status: .init(code: answer.status), headerFields: fields)
    }

    static func body(_ answer: Answer, isHead: Bool) -> ResponseBody {
        isHead || answer.status == 204 ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body))
    }
}
