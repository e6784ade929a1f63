/// JSON with the order of members kept, because bodies are compared with recordings by eye as well.
package enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int64)
    case decimal(Double)
    case string(String)
    case array([JSONValue])
    case object([JSONMember])
}

package struct JSONMember: Sendable, Equatable {
    package var name: String
    package var value: JSONValue

    package init(_ name: String, _ value: JSONValue) {
        self.name = name
        self.value = value
    }
}

extension JSONValue {
    package subscript(name: String) -> JSONValue? {
        members?.first { $0.name == name }?.value
    }

    package var members: [JSONMember]? {
        if case .object(let members) = self { members } else { nil }
    }

    package var elements: [JSONValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    package var text: String? {
        if case .string(let text) = self { text } else { nil }
    }

    package var truth: Bool? {
        if case .bool(let truth) = self { truth } else { nil }
    }

    package var whole: Int64? {
        if case .integer(let whole) = self { whole } else { nil }
    }

    /// The same object with these members after its own.
    package func adding(_ more: [JSONMember]) -> JSONValue {
        .object((members ?? []) + more)
    }

    static func text(_ value: String?) -> JSONValue {
        value.map(JSONValue.string) ?? .null
    }

    static func whole(_ value: Int64?) -> JSONValue {
        value.map(JSONValue.integer) ?? .null
    }

    static func texts(_ values: [String]) -> JSONValue {
        .array(values.map(JSONValue.string))
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByNilLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(nilLiteral: ()) { self = .null }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(elements.map { JSONMember($0.0, $0.1) })
    }
}

extension JSONValue {
    /// One line, members in their order.
    package var rendered: String {
        var text = ""
        render(into: &text)
        return text
    }

    private func render(into text: inout String) {
        switch self {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .integer(let value): text += String(value)
        case .decimal(let value): text += String(value)
        case .string(let value): Self.renderText(value, into: &text)
        case .array(let values):
            Self.renderList(values, "[", "]", into: &text) { $0.render(into: &$1) }
        case .object(let members):
            Self.renderList(members, "{", "}", into: &text) { member, text in
                Self.renderText(member.name, into: &text)
                text += ":"
                member.value.render(into: &text)
            }
        }
    }

    private static func renderList<Element>(
        _ elements: [Element], _ opening: String, _ closing: String, into text: inout String,
        _ render: (Element, inout String) -> Void
    ) {
        text += opening
        for (index, element) in elements.enumerated() {
            if index > 0 { text += "," }
            render(element, &text)
        }
        text += closing
    }

    private static func renderText(_ value: String, into text: inout String) {
        text += "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case let control where control.value < 0x20:
                let digits = String(control.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
