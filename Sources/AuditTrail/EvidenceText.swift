/// Writes a line of an evidence archive: JSON in exactly one form, with members in a fixed order and no white space, so that
/// the same log always gives the same octets (docs/audit-log.md).
struct EvidenceText {
    private(set) var octets: [UInt8] = []

    init() { octets.reserveCapacity(512) }

    mutating func clear() { octets.removeAll(keepingCapacity: true) }

    mutating func raw(_ text: StaticString) {
        unsafe octets.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func number(_ number: some BinaryInteger) {
        octets.append(contentsOf: String(number).utf8)
    }

    mutating func optional(_ number: (some BinaryInteger)?) {
        if let number { self.number(number) } else { raw("null") }
    }

    mutating func optional(_ text: String?) {
        if let text { self.text(text) } else { raw("null") }
    }

    mutating func text(_ text: String) {
        octets.append(UInt8(ascii: "\""))
        for octet in text.utf8 { escape(octet) }
        octets.append(UInt8(ascii: "\""))
    }

    mutating func texts(_ texts: [String]) {
        list(texts) { $0.text($1) }
    }

    mutating func numbers(_ numbers: [Int64]) {
        list(numbers) { $0.number($1) }
    }

    private mutating func list<Element>(_ elements: [Element], _ write: (inout Self, Element) -> Void) {
        raw("[")
        for (position, element) in elements.enumerated() {
            if position > 0 { raw(",") }
            write(&self, element)
        }
        raw("]")
    }

    private mutating func escape(_ octet: UInt8) {
        switch octet {
        case UInt8(ascii: "\""): raw(#"\""#)
        case UInt8(ascii: "\\"): raw(#"\\"#)
        case 0x08: raw(#"\b"#)
        case 0x09: raw(#"\t"#)
        case 0x0A: raw(#"\n"#)
        case 0x0C: raw(#"\f"#)
        case 0x0D: raw(#"\r"#)
        case ..<0x20:
            raw(#"\u00"#)
            octets.append(Self.digits[Int(octet >> 4)])
            octets.append(Self.digits[Int(octet & 15)])
        default: octets.append(octet)
        }
    }

    private static let digits = Array("0123456789abcdef".utf8)
}
