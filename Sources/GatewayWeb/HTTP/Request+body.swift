import GatewayCore
import HTTPTypes
import Hummingbird
import NIOCore

extension Request {
    static let maximumBodyBytes = 64 * 1024

    /// The fields of a posted form.
    func form() async throws -> PercentEncodedPairs {
        try requireMediaType("application/x-www-form-urlencoded")
        guard let text = String(validating: try await octets(), as: UTF8.self) else {
            throw WebRefusal.malformed("The form is not valid UTF-8.")
        }
        return try PercentEncodedPairs(text)
    }

    /// The JSON object of an API call.
    func jsonObject() async throws -> JSONObject {
        try requireMediaType("application/json")
        return try Self.object(try await octets())
    }

    /// The same where every member may be left out: nothing at all is an empty object.
    func optionalJSONObject() async throws -> JSONObject {
        let octets = try await octets()
        guard !octets.isEmpty else { return try JSONObject(.object([])) }
        try requireMediaType("application/json")
        return try Self.object(octets)
    }

    private static func object(_ octets: [UInt8]) throws -> JSONObject {
        do {
            return try JSONObject(try StrictJSON.read(octets, maximumBytes: maximumBodyBytes))
        } catch let error as StrictJSONError {
            throw WebRefusal(
                .badRequest, "request.invalid_json", "The body is not acceptable JSON (\(error.rawValue)).",
                remedy: "Send one JSON object, each name once.")
        }
    }

    /// The fields of the address's query.
    func query() throws -> PercentEncodedPairs {
        try PercentEncodedPairs(uri.query ?? "")
    }

    /// Refuses a body that announces too much before any of it is read, and one that lies as soon as it does (WEB-37).
    private func octets() async throws -> [UInt8] {
        guard headers[.contentEncoding] == nil else {
            throw WebRefusal(
                .unsupportedMediaType, "request.content_encoding", "A compressed body is not accepted.",
                remedy: "Send the body as it is.")
        }
        if let announced = headers[.contentLength].flatMap({ Int($0) }), announced > Self.maximumBodyBytes {
            throw WebRefusal.tooLarge
        }
        do {
            return Array(buffer: try await body.collect(upTo: Self.maximumBodyBytes))
        } catch is NIOTooManyBytesError {
            throw WebRefusal.tooLarge
        }
    }

    private func requireMediaType(_ wanted: String) throws {
        let fields = headers[values: .contentType]
        let type = fields.first?.split(separator: ";").first.map(String.init)?.lowercased()
        guard fields.count == 1, type?.trimmed(while: { $0 == " " }) == wanted[...] else {
            throw WebRefusal(
                .unsupportedMediaType, "request.media_type", "The body must be \(wanted).",
                remedy: "Set the Content-Type header to \(wanted).")
        }
    }
}
