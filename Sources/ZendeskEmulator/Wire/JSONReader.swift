/// Reads JSON and refuses an object that names a member twice: the token endpoint must not choose between two secrets.
package struct JSONReader {
    package enum Refusal: Error, Equatable {
        case malformed
        case repeatedMember(String)
    }

    /// Deeper nesting is nobody's request.
    static let maximumDepth = 32

    private let bytes: [UInt8]
    private var position = 0

    package static func read(_ bytes: [UInt8]) throws(Refusal) -> JSONValue {
        var reader = JSONReader(bytes: bytes)
        let value = try reader.value(depth: 0)
        reader.skipBlanks()
        guard reader.position == bytes.count else { throw .malformed }
        return value
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private mutating func value(depth: Int) throws(Refusal) -> JSONValue {
        guard depth < Self.maximumDepth else { throw .malformed }
        skipBlanks()
        switch current {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func object(depth: Int) throws(Refusal) -> JSONValue {
        var members: [JSONMember] = []
        try list("{", "}") { (reader) throws(Refusal) in
            let name = try reader.string()
            guard !members.contains(where: { $0.name == name }) else { throw .repeatedMember(name) }
            try reader.expect(":")
            members.append(JSONMember(name, try reader.value(depth: depth + 1)))
        }
        return .object(members)
    }

    private mutating func array(depth: Int) throws(Refusal) -> JSONValue {
        var elements: [JSONValue] = []
        try list("[", "]") { (reader) throws(Refusal) in
            elements.append(try reader.value(depth: depth + 1))
        }
        return .array(elements)
    }

    private mutating func list(
        _ opening: Unicode.Scalar, _ closing: Unicode.Scalar, _ element: (inout JSONReader) throws(Refusal) -> Void
    ) throws(Refusal) {
        try expect(opening)
        skipBlanks()
        if take(closing) { return }
        while true {
            skipBlanks()
            try element(&self)
            skipBlanks()
            if take(closing) { return }
            try expect(",")
        }
    }

    private mutating func string() throws(Refusal) -> String {
        try expect("\"")
        var collected: [UInt8] = []
        while let byte = current {
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: collected, as: UTF8.self) else { throw .malformed }
                return text
            case UInt8(ascii: "\\"): collected += Array(String(try escape()).utf8)
            case 0..<0x20: throw .malformed
            default: collected.append(byte)
            }
        }
        throw .malformed
    }

    private mutating func escape() throws(Refusal) -> Character {
        guard let byte = current else { throw .malformed }
        position += 1
        switch byte {
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Character(Unicode.Scalar(byte))
        case UInt8(ascii: "u"): return Character(try escapedScalar())
        default: throw .malformed
        }
    }

    private mutating func escapedScalar() throws(Refusal) -> Unicode.Scalar {
        let first = try fourDigits()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard (0xD800..<0xDC00).contains(first), take("\\"), take("u") else { throw .malformed }
        let second = try fourDigits()
        guard (0xDC00..<0xE000).contains(second),
            let scalar = Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
        else { throw .malformed }
        return scalar
    }

    private mutating func fourDigits() throws(Refusal) -> UInt32 {
        guard position + 4 <= bytes.count,
            let text = String(validating: bytes[position..<position + 4], as: UTF8.self),
            text.allSatisfy(\.isHexDigit), let value = UInt32(text, radix: 16)
        else { throw .malformed }
        position += 4
        return value
    }

    private mutating func number() throws(Refusal) -> JSONValue {
        let start = position
        while let byte = current, "+-.eE0123456789".utf8.contains(byte) { position += 1 }
        guard let text = String(validating: bytes[start..<position], as: UTF8.self), text.first != "+" else {
            throw .malformed
        }
        if let whole = Int64(text) { return .integer(whole) }
        guard let decimal = Double(text), decimal.isFinite else { throw .malformed }
        return .decimal(decimal)
    }

    private mutating func word(_ word: String, _ value: JSONValue) throws(Refusal) -> JSONValue {
        for scalar in word.unicodeScalars {
            guard take(scalar) else { throw .malformed }
        }
        return value
    }

    private var current: UInt8? {
        position < bytes.count ? bytes[position] : nil
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard current == UInt8(ascii: scalar) else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ scalar: Unicode.Scalar) throws(Refusal) {
        skipBlanks()
        guard take(scalar) else { throw .malformed }
    }

    private mutating func skipBlanks() {
        while let byte = current, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { position += 1 }
    }
}
