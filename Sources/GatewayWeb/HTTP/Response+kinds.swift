import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore

extension Response {
    static func html(
        _ text: String, status: HTTPResponse.Status = .ok, headerFields: HTTPFields = [:]
    ) -> Response {
        textual(text, "text/html; charset=utf-8", status, headerFields)
    }

    static func plainText(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
        textual(text, "text/plain; charset=utf-8", status, [:])
    }

    static func json(
        _ value: some Encodable, status: HTTPResponse.Status = .ok, type: String = "application/json",
        headerFields: HTTPFields = [:]
    ) throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return json(octets: Array(try encoder.encode(value)), status: status, type: type, headerFields: headerFields)
    }

    static func json(
        octets: [UInt8], status: HTTPResponse.Status = .ok, type: String = "application/json",
        headerFields: HTTPFields = [:]
    ) -> Response {
        var fields = headerFields
        fields[.contentType] = type
        return Response(status: status, headers: fields, body: .init(byteBuffer: ByteBuffer(bytes: octets)))
    }

    /// 303: the browser continues with a GET, whatever it sent.
    static func seeOther(_ location: String, setting cookies: [String] = []) -> Response {
        var fields = HTTPFields()
        fields[.location] = location
        for cookie in cookies { fields.append(HTTPField(name: .setCookie, value: cookie)) }
        return Response(status: .seeOther, headers: fields)
    }

    private static func textual(
        _ text: String, _ type: String, _ status: HTTPResponse.Status, _ headerFields: HTTPFields
    ) -> Response {
        var fields = headerFields
        fields[.contentType] = type
        return Response(status: status, headers: fields, body: .init(byteBuffer: ByteBuffer(string: text)))
    }
}
