import GatewayCore

/// `name=value&name=value`, as forms and queries have it, read without tolerance.
///
/// A name that comes twice is refused: whoever takes the first and whoever takes the last would see different requests
/// (WEB-38). Broken escapes and octets that are no UTF-8 are refused as well.
struct PercentEncodedPairs: Sendable {
    private let values: [String: String]

    /// `text` is what stands after the question mark, or a form's body.
    init(_ text: String) throws {
        var values: [String: String] = [:]
        for piece in text.split(separator: "&", omittingEmptySubsequences: true) {
            let halves = piece.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = try Self.decode(halves[0])
            let value = halves.count == 2 ? try Self.decode(halves[1]) : ""
            guard values.updateValue(value, forKey: name) == nil else {
                throw WebRefusal.malformed("A field was sent more than once.")
            }
        }
        self.values = values
    }

    /// Nil when the field is missing.
    subscript(name: String) -> String? { values[name] }

    var names: [String] { values.keys.sorted() }

    private static func decode(_ text: Substring) throws -> String {
        var octets: [UInt8] = []
        octets.reserveCapacity(text.utf8.count)
        var rest = text.utf8[...]
        while let octet = rest.popFirst() {
            switch octet {
            case UInt8(ascii: "+"): octets.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"): octets.append(try escaped(&rest))
            default: octets.append(octet)
            }
        }
        guard let decoded = String(validating: octets, as: UTF8.self) else {
            throw WebRefusal.malformed("A field is not valid UTF-8.")
        }
        return decoded
    }

    private static func escaped(_ rest: inout Substring.UTF8View) throws -> UInt8 {
        guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
            throw WebRefusal.malformed("A field has a broken percent escape.")
        }
        return high << 4 | low
    }

    private static func digit(_ octet: UInt8) -> UInt8? {
        switch octet {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): octet - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): octet - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): octet - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
