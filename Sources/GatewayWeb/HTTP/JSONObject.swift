import GatewayCore
import HTTPTypes

/// The members of a request's body, taken out by name; whatever nobody takes is refused by name.
struct JSONObject {
    private var members: [JSONMember]

    init(_ value: JSONValue) throws {
        guard case .object(let members) = value else {
            throw WebRefusal(
                .badRequest, "request.invalid_json", "The body is not a JSON object.", remedy: "Send one JSON object.")
        }
        self.members = members
    }

    /// Nil when the member is missing or null.
    mutating func takeString(_ name: String) throws -> String? {
        guard let value = take(name) else { return nil }
        guard let text = value.string else { throw Self.wrongType(name, "a string") }
        return text
    }

    /// Nil when the member is missing or null.
    mutating func takeStrings(_ name: String) throws -> [String]? {
        guard let value = take(name) else { return nil }
        guard case .array(let values) = value else { throw Self.wrongType(name, "a list of strings") }
        return try values.map { value in
            guard let text = value.string else { throw Self.wrongType(name, "a list of strings") }
            return text
        }
    }

    /// Nil when the member is missing or null.
    mutating func takeInteger(_ name: String) throws -> Int64? {
        guard let value = take(name) else { return nil }
        guard case .integer(let number) = value else { throw Self.wrongType(name, "a whole number") }
        return number
    }

    /// Nil when the member is missing; nil inside when it is null, where that says something of its own.
    mutating func takeNullableInteger(_ name: String) throws -> Int64?? {
        guard members.contains(where: { $0.name.utf8.elementsEqual(name.utf8) }) else { return nil }
        return .some(try takeInteger(name))
    }

    /// Nil when the member is missing or null.
    mutating func takeBool(_ name: String) throws -> Bool? {
        guard let value = take(name) else { return nil }
        guard case .bool(let answer) = value else { throw Self.wrongType(name, "true or false") }
        return answer
    }

    /// Names the first member that nobody took: a misspelt one must not be lost in silence.
    func finish() throws {
        guard let unknown = members.first else { return }
        let name = String(
            unknown.name.unicodeScalars.filter { $0.isASCII && $0.value > 0x20 && $0 != "\"" }.prefix(60).map(
                Character.init))
        throw WebRefusal(
            .unprocessableContent, "request.unknown_member",
            "The body has a member \"\(name)\" that is not known here.",
            remedy: "Leave it out, or correct its name.")
    }

    private mutating func take(_ name: String) -> JSONValue? {
        guard let index = members.firstIndex(where: { $0.name.utf8.elementsEqual(name.utf8) }) else { return nil }
        let value = members.remove(at: index).value
        return value == .null ? nil : value
    }

    private static func wrongType(_ name: String, _ wanted: String) -> WebRefusal {
        WebRefusal(
            .badRequest, "request.wrong_type", "The member \"\(name)\" must be \(wanted).", remedy: "Correct it.")
    }
}
