/// Reads what `EvidenceText` writes, and nothing else: whatever is written in another way was written by somebody else.
struct EvidenceScanner {
    struct Malformed: Error {}

    private let octets: [UInt8]
    private var position = 0

    init(_ octets: [UInt8]) { self.octets = octets }

    var isAtStart: Bool { position == 0 }
    var isAtEnd: Bool { position == octets.count }

    mutating func expect(_ text: StaticString) throws(Malformed) {
        guard take(text) else { throw Malformed() }
    }

    /// False, and nothing taken, when something else comes.
    mutating func take(_ text: StaticString) -> Bool {
        let expected = unsafe UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        guard unsafe octets[position...].starts(with: expected) else { return false }
        position += text.utf8CodeUnitCount
        return true
    }

    mutating func end() throws(Malformed) {
        guard isAtEnd else { throw Malformed() }
    }

    mutating func number<Number: FixedWidthInteger>(_ type: Number.Type = Int64.self) throws(Malformed) -> Number {
        let digits = octets[position...].prefix { $0 == UInt8(ascii: "-") || (0x30...0x39).contains($0) }
        let text = String(decoding: digits, as: UTF8.self)
        guard let number = Number(text), String(number) == text else { throw Malformed() }
        position += digits.count
        return number
    }

    mutating func optionalNumber<Number: FixedWidthInteger>(_ type: Number.Type) throws(Malformed) -> Number? {
        take("null") ? nil : try number(type)
    }

    mutating func optionalText() throws(Malformed) -> String? {
        take("null") ? nil : try text()
    }

    mutating func texts() throws(Malformed) -> [String] {
        var texts: [String] = []
        try expect("[")
        if take("]") { return texts }
        repeat { texts.append(try text()) } while take(",")
        try expect("]")
        return texts
    }

    mutating func text() throws(Malformed) -> String {
        try expect("\"")
        var found: [UInt8] = []
        while position < octets.count {
            let octet = octets[position]
            position += 1
            switch octet {
            case UInt8(ascii: "\""):
                guard let text = String(validating: found, as: UTF8.self) else { throw Malformed() }
                return text
            case UInt8(ascii: "\\"): found.append(try escaped())
            case ..<0x20: throw Malformed()
            default: found.append(octet)
            }
        }
        throw Malformed()
    }

    private mutating func escaped() throws(Malformed) -> UInt8 {
        guard position < octets.count else { throw Malformed() }
        let mark = octets[position]
        position += 1
        switch mark {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): return mark
        case UInt8(ascii: "b"): return 0x08
        case UInt8(ascii: "t"): return 0x09
        case UInt8(ascii: "n"): return 0x0A
        case UInt8(ascii: "f"): return 0x0C
        case UInt8(ascii: "r"): return 0x0D
        case UInt8(ascii: "u"): return try control()
        default: throw Malformed()
        }
    }

    /// Only for what has no shorter form.
    private mutating func control() throws(Malformed) -> UInt8 {
        let digits = octets[position...].prefix(4)
        guard digits.count == 4, digits.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }),
            let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16), value < 0x20,
            ![0x08, 0x09, 0x0A, 0x0C, 0x0D].contains(value)
        else { throw Malformed() }
        position += 4
        return value
    }
}
