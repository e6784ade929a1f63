/// The grammar of RFC 8259 by recursive descent, never deeper than `StrictJSON.maximumDepth`.
struct StrictJSONReader {
    private let bytes: [UInt8]
    private var position = 0
    private var valueCount = 0

    /// The bytes must be valid UTF-8 already.
    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func value(depth: Int) throws(StrictJSONError) -> JSONValue {
        skipBlanks()
        valueCount += 1
        guard valueCount <= StrictJSON.maximumValues else { throw .tooManyValues }
        switch try next() {
        case UInt8(ascii: "{"): return .object(try members(depth: depth))
        case UInt8(ascii: "["): return .array(try elements(depth: depth))
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        default: return try number()
        }
    }

    mutating func finish() throws(StrictJSONError) {
        skipBlanks()
        guard position == bytes.count else { throw .trailingBytes }
    }

    private mutating func members(depth: Int) throws(StrictJSONError) -> [JSONMember] {
        guard depth < StrictJSON.maximumDepth else { throw .tooDeep }
        position += 1
        var members: [JSONMember] = []
        var names: Set<[UInt8]> = []
        guard try !closes(UInt8(ascii: "}")) else { return members }
        repeat {
            skipBlanks()
            guard try next() == UInt8(ascii: "\"") else { throw .malformed }
            let name = try string()
            guard names.insert(Array(name.utf8)).inserted else { throw .duplicateMember }
            skipBlanks()
            try expect(UInt8(ascii: ":"))
            members.append(JSONMember(name: name, value: try value(depth: depth + 1)))
        } while try continues(or: UInt8(ascii: "}"))
        return members
    }

    private mutating func elements(depth: Int) throws(StrictJSONError) -> [JSONValue] {
        guard depth < StrictJSON.maximumDepth else { throw .tooDeep }
        position += 1
        var elements: [JSONValue] = []
        guard try !closes(UInt8(ascii: "]")) else { return elements }
        repeat {
            elements.append(try value(depth: depth + 1))
        } while try continues(or: UInt8(ascii: "]"))
        return elements
    }

    private mutating func closes(_ bracket: UInt8) throws(StrictJSONError) -> Bool {
        skipBlanks()
        guard try next() == bracket else { return false }
        position += 1
        return true
    }

    private mutating func continues(or bracket: UInt8) throws(StrictJSONError) -> Bool {
        skipBlanks()
        let byte = try next()
        guard byte == bracket || byte == UInt8(ascii: ",") else { throw .malformed }
        position += 1
        return byte != bracket
    }

    private mutating func literal(_ text: StaticString, _ value: JSONValue) throws(StrictJSONError) -> JSONValue {
        for byte in "\(text)".utf8 { try expect(byte) }
        return value
    }

    private mutating func skipBlanks() {
        while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
    }

    private mutating func expect(_ byte: UInt8) throws(StrictJSONError) {
        guard try next() == byte else { throw .malformed }
        position += 1
    }

    private func next() throws(StrictJSONError) -> UInt8 {
        guard position < bytes.count else { throw .endedEarly }
        return bytes[position]
    }
}

// Numbers
extension StrictJSONReader {
    /// `[ "-" ] ( "0" / digit1-9 *digit ) [ "." 1*digit ] [ e [ sign ] 1*digit ]`; NaN and Infinity have no spelling.
    private mutating func number() throws(StrictJSONError) -> JSONValue {
        let start = position
        skip(UInt8(ascii: "-"))
        let firstDigit = position
        try digits()
        guard bytes[firstDigit] != UInt8(ascii: "0") || position == firstDigit + 1 else { throw .malformed }
        let isWhole = try !fractionOrExponent()
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isWhole, let integer = Int64(text) { return .integer(integer) }
        guard let number = Double(text), number.isFinite else { throw .numberOutOfRange }
        return .number(number)
    }

    private mutating func fractionOrExponent() throws(StrictJSONError) -> Bool {
        let start = position
        if skip(UInt8(ascii: ".")) { try digits() }
        if skip(UInt8(ascii: "e")) || skip(UInt8(ascii: "E")) {
            if !skip(UInt8(ascii: "-")) { skip(UInt8(ascii: "+")) }
            try digits()
        }
        return position != start
    }

    private mutating func digits() throws(StrictJSONError) {
        let start = position
        while position < bytes.count, (0x30...0x39).contains(bytes[position]) { position += 1 }
        guard position > start else { throw position < bytes.count ? .malformed : .endedEarly }
    }

    @discardableResult
    private mutating func skip(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }
}

// Strings
extension StrictJSONReader {
    private mutating func string() throws(StrictJSONError) -> String {
        position += 1
        var text: [UInt8] = []
        while true {
            let byte = try next()
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): text.append(contentsOf: try escape())
            case 0x00..<0x20: throw .malformed
            default: text.append(byte)
            }
        }
    }

    private mutating func escape() throws(StrictJSONError) -> [UInt8] {
        let byte = try next()
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"): return Array(String(try escapedScalar()).utf8)
        default: throw .malformed
        }
    }

    /// A lone surrogate is refused: it has no UTF-8 form, and repairing it would make two different names equal.
    private mutating func escapedScalar() throws(StrictJSONError) -> Character {
        let unit = try hexQuad()
        guard (0xD800...0xDFFF).contains(unit) else { return try character(unit) }
        guard unit < 0xDC00 else { throw .malformed }
        try expect(UInt8(ascii: "\\"))
        try expect(UInt8(ascii: "u"))
        let low = try hexQuad()
        guard (0xDC00...0xDFFF).contains(low) else { throw .malformed }
        return try character(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00))
    }

    private func character(_ value: UInt32) throws(StrictJSONError) -> Character {
        guard let scalar = Unicode.Scalar(value) else { throw .malformed }
        return Character(scalar)
    }

    private mutating func hexQuad() throws(StrictJSONError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Character(Unicode.Scalar(try next())).hexDigitValue else { throw .malformed }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }
}
