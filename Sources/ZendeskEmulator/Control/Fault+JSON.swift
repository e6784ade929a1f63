import HTTPTypes

extension Fault {
    private static let names: Set<String> = [
        "organization", "method", "path", "kind", "milliseconds", "status", "body", "headers", "times",
    ]

    /// Nothing is guessed: an unknown member or a wrong type is refused and named.
    package init(_ json: JSONValue) throws(ControlRefusal) {
        guard let members = json.members else { throw ControlRefusal("a fault is an object") }
        for member in members where !Self.names.contains(member.name) {
            throw ControlRefusal("unknown member \(member.name)")
        }
        guard let kind = json["kind"]?.text.flatMap(Kind.init(rawValue:)) else {
            throw ControlRefusal("kind is one of \(Kind.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        guard let path = json["path"]?.text, path.hasPrefix("/") else { throw ControlRefusal("path begins with /") }
        self.init(
            kind, path: path, organization: json["organization"]?.text, method: json["method"]?.text,
            milliseconds: Int(json["milliseconds"]?.whole ?? 0), status: json["status"]?.whole.map(Int.init),
            body: json["body"]?.text, headers: try Self.fields(json["headers"]), times: Int(json["times"]?.whole ?? 1))
    }

    private static func fields(_ json: JSONValue?) throws(ControlRefusal) -> HTTPFields {
        var fields = HTTPFields()
        for member in json?.members ?? [] {
            guard let name = HTTPField.Name(member.name), let value = member.value.text else {
                throw ControlRefusal("header \(member.name) is not a text")
            }
            fields[name] = value
        }
        return fields
    }

    var json: JSONValue {
        [
            "organization": .text(organization), "method": .text(method), "path": .string(path),
            "kind": .string(kind.rawValue), "milliseconds": .integer(Int64(milliseconds)),
            "status": .integer(Int64(status)), "times": .integer(Int64(times)),
        ]
    }
}

/// Why the control interface did nothing.
package struct ControlRefusal: Error, Equatable {
    package let reason: String

    package init(_ reason: String) {
        self.reason = reason
    }
}
